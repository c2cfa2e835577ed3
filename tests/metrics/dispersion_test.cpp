#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/calinski_harabasz.h"
#include "lexicell/metrics/davies_bouldin.h"
#include "lexicell/metrics/silhouette.h"

namespace lexicell {
namespace {

using Codes = std::vector<std::int32_t>;

// Two pairs on a line: 0, 1 and 10, 12.
DenseMatrix line() {
    DenseMatrix points(4, 1);
    points.values = {0, 1, 10, 12};
    return points;
}

TEST(Silhouette, OfFourPoints) {
    const std::vector<double> widths = silhouette_samples(line(), Codes{0, 0, 1, 1});
    EXPECT_NEAR(widths[0], (11.0 - 1.0) / 11.0, 1e-12);
    EXPECT_NEAR(widths[1], (10.0 - 1.0) / 10.0, 1e-12);
    EXPECT_NEAR(widths[2], (9.5 - 2.0) / 9.5, 1e-12);
    EXPECT_NEAR(widths[3], (11.5 - 2.0) / 11.5, 1e-12);
    EXPECT_NEAR(silhouette(line(), Codes{0, 0, 1, 1}), (widths[0] + widths[1] + widths[2] + widths[3]) / 4, 1e-12);
}

TEST(Silhouette, AloneIsZeroMissingIsNotANumberThreadsDoNotMatter) {
    const std::vector<double> widths = silhouette_samples(line(), Codes{4, 4, 9, -1});
    EXPECT_EQ(widths[2], 0);
    EXPECT_TRUE(std::isnan(widths[3]));
    EXPECT_NEAR(widths[0], 0.9, 1e-12);
    RandomStream random(5);
    DenseMatrix points(300, 7);
    for (float& value : points.values) value = static_cast<float>(random.normal());
    Codes labels;
    for (int i = 0; i < 300; ++i) labels.push_back(i % 4);
    EXPECT_EQ(silhouette_samples(points, labels, 1), silhouette_samples(points, labels, 3));
}

TEST(DispersionScores, OfFourPoints) {
    const Codes labels = {0, 0, 1, 1};
    EXPECT_NEAR(davies_bouldin(line(), labels), (0.5 + 1.0) / 10.5, 1e-12);
    EXPECT_NEAR(calinski_harabasz(line(), labels), (4 * 5.25 * 5.25 / 1) / (2.5 / 2), 1e-9);
    DenseMatrix five(5, 1);
    five.values = {0, 1, 10, 12, 1e6f};
    EXPECT_NEAR(davies_bouldin(five, Codes{3, 3, 7, 7, -1}), davies_bouldin(line(), labels), 1e-12);
    EXPECT_NEAR(calinski_harabasz(five, Codes{3, 3, 7, 7, -1}), calinski_harabasz(line(), labels), 1e-9);
}

TEST(DispersionScores, IdenticalCellsAndRefusals) {
    const DenseMatrix same(6, 3);
    const Codes labels = {0, 0, 0, 1, 1, 1};
    EXPECT_EQ(silhouette(same, labels), 0);
    EXPECT_EQ(davies_bouldin(same, labels), 0);
    EXPECT_EQ(calinski_harabasz(same, labels), 1);
    EXPECT_THROW(silhouette(same, Codes{0, 0, 0, 0, 0, -1}), Error);
    EXPECT_THROW(davies_bouldin(same, Codes{0, 1, 2, 3, 4, 5}), Error);
    DenseMatrix bad = same;
    bad(2, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(silhouette(bad, labels), Error);
    EXPECT_THROW(calinski_harabasz(bad, labels), Error);
}

}  // namespace
}  // namespace lexicell
