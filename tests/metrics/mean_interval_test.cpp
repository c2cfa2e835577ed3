#include "lexicell/metrics/mean_interval.h"

#include <gtest/gtest.h>

#include <vector>

#include "lexicell/metrics/sample_tests.h"

namespace lexicell {
namespace {

// Figures of scipy 1.17: stats.t.ppf(.975, n - 1) * std(ddof=1) / sqrt(n).
TEST(MeanInterval, IsStudents) {
    const std::vector<double> values{.61, .64, .6, .66, .63};
    const MeanInterval found = mean_interval(values);
    EXPECT_NEAR(found.mean.value, .628, 1e-12);
    EXPECT_NEAR(found.half_width.value, .029644321650666175, 1e-12);
    EXPECT_EQ(found.values, 5);
    EXPECT_NEAR(mean_interval(std::vector<double>{1, 3}).half_width.value, 12.706204736174698, 1e-9);
}

TEST(MeanInterval, SaysWhyThereIsNone) {
    EXPECT_FALSE(mean_interval({}).mean.available());
    const MeanInterval one = mean_interval(std::vector<double>{2});
    EXPECT_EQ(one.mean.value, 2);
    EXPECT_FALSE(one.half_width.available());
}

// scipy.stats.ttest_rel
TEST(PairedT, AsScipy) {
    const std::vector<double> x{.61, .64, .6, .66, .63}, y{.6, .61, .6, .62, .64};
    const TestResult found = paired_t(x, y);
    EXPECT_NEAR(found.statistic.value, 1.5096588248481377, 1e-9);
    EXPECT_NEAR(found.p.value, .20563995895070925, 1e-12);
    EXPECT_FALSE(paired_t(x, x).p.available());
    EXPECT_FALSE(paired_t(std::vector<double>{1}, std::vector<double>{2}).p.available());
}

}  // namespace
}  // namespace lexicell
