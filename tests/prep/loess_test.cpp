#include "lexicell/prep/loess.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

TEST(Loess, ReproducesParabolas) {
    RandomStream random(random_key(0, 0));
    std::vector<double> x, y;
    for (int i = 0; i < 300; ++i) {
        x.push_back(6 * random.uniform() - 3);
        y.push_back(2 - x.back() + 0.5 * x.back() * x.back());
    }
    const std::vector<double> fitted = loess(x, y);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fitted[i], y[i], 1e-9);
    EXPECT_EQ(loess(x, y, {.threads = 2}), fitted);
}

TEST(Loess, TheOrderOfThePointsDoesNotMatter) {
    RandomStream random(random_key(1, 0));
    std::vector<double> x, y, x2, y2;
    for (int i = 0; i < 500; ++i) {
        x.push_back(std::floor(20 * random.uniform()));  // many ties
        y.push_back(std::sin(x.back()) + random.normal());
    }
    const auto order = random_permutation(500, random);
    for (const std::int64_t i : order) x2.push_back(x[i]), y2.push_back(y[i]);
    const std::vector<double> a = loess(x, y), b = loess(x2, y2);
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(b[i], a[order[i]]);
}

TEST(Loess, TooFewDifferentPointsForAParabola) {
    EXPECT_TRUE(loess({}, {}).empty());
    const std::vector<double> one = {2}, value = {5};
    EXPECT_NEAR(loess(one, value)[0], 5, 1e-12);
    const std::vector<double> same(10, 1.0), y = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    for (const double v : loess(same, y)) EXPECT_TRUE(v >= 1 && v <= 10) << v;
    std::vector<double> two(10, 1.0);
    for (int i = 5; i < 10; ++i) two[i] = 2;
    for (const double v : loess(two, y, {.span = 0.9})) EXPECT_TRUE(std::isfinite(v));
}

}  // namespace
}  // namespace lexicell
