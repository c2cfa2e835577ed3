#include "lexicell/graph/pseudotime.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

// Cells along a bent line with a little noise; cell i stands at i / (n - 1).
DenseMatrix path(std::int64_t cells) {
    RandomStream random(random_key(2, 3));
    DenseMatrix out(cells, 3);
    for (std::int64_t i = 0; i < cells; ++i) {
        const double t = static_cast<double>(i) / static_cast<double>(cells - 1);
        out(i, 0) = static_cast<float>(10 * t + 0.03 * random.normal());
        out(i, 1) = static_cast<float>(3 * std::sin(3 * t) + 0.03 * random.normal());
        out(i, 2) = static_cast<float>(0.03 * random.normal());
    }
    return out;
}

TEST(Pseudotime, FollowsAPath) {
    const DenseMatrix points = path(300);
    const Pseudotime found = pseudotime(points, 0);
    EXPECT_EQ(found.unreachable, 0);
    EXPECT_EQ(found.time[0], 0);
    std::int64_t disorder = 0;
    for (std::int64_t i = 0; i + 20 < 300; ++i) disorder += found.time[i] >= found.time[i + 20];
    EXPECT_EQ(disorder, 0);
    EXPECT_EQ(pseudotime(points, 0, {.threads = 2}).time, found.time);
}

TEST(Pseudotime, TheOtherEndAsRootTurnsItRound) {
    const Pseudotime found = pseudotime(path(300), 299);
    EXPECT_GT(found.time[10], found.time[150]);
    EXPECT_GT(found.time[150], found.time[290]);
}

TEST(Pseudotime, CellsWithoutAPathAreInfinitelyFar) {
    DenseMatrix points = path(100);
    for (std::int64_t i = 60; i < 100; ++i) points(i, 2) += 1000;
    const Pseudotime found = pseudotime(points, 5, {.neighbours = 10});
    EXPECT_EQ(found.unreachable, 40);
    for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(std::isinf(found.time[i]), i >= 60);
}

TEST(Pseudotime, CopiesOfACellStandTogether) {
    DenseMatrix points = path(120);
    for (std::int64_t i = 40; i < 50; ++i)
        for (std::int64_t k = 0; k < 3; ++k) points(i, k) = points(40, k);
    const Pseudotime found = pseudotime(points, 0);
    for (const double time : found.time) EXPECT_TRUE(std::isfinite(time));
    EXPECT_NEAR(found.time[45], found.time[48], 1e-6);
}

TEST(Medoid, IsTheMiddleOfItsGroup) {
    DenseMatrix points(5, 1);
    points.values = {0, 1, 2, 50, 3};
    EXPECT_EQ(medoid(points, std::vector<std::int64_t>{0, 1, 2, 4}), 1) << "equal sums: the smaller index";
    EXPECT_THROW(medoid(points, {}), Error);
}

}  // namespace
}  // namespace lexicell
