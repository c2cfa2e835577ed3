#include "lexicell/metrics/distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lexicell/metrics/benjamini_hochberg.h"

namespace lexicell {
namespace {

TEST(Distributions, StudentTHasClosedFormsForOneAndTwoDegrees) {
    for (const double t : {-30.0, -2.0, -0.1, 0.0, 0.3, 1.0, 7.0, 1e6}) {
        const double cauchy = t > 0 ? std::atan(1 / t) / M_PI : 0.5 - std::atan(t) / M_PI;
        EXPECT_NEAR(student_t_upper_tail(t, 1) / cauchy, 1, 1e-12) << t;
        const double root = std::sqrt(2 + t * t);
        const double two = t > 0 ? 1 / (root * (root + t)) : (1 - t / root) / 2;
        EXPECT_NEAR(student_t_upper_tail(t, 2) / two, 1, 1e-12) << t;
    }
    EXPECT_NEAR(student_t_upper_tail(1.5, 1e7) / normal_upper_tail(1.5), 1, 1e-6);
    EXPECT_EQ(student_t_upper_tail(std::numeric_limits<double>::infinity(), 5), 0);
}

TEST(Distributions, HypergeometricEqualsExactCounting) {  // integers below 2^53 are exact in double
    const auto choose = [](int n, int k) {
        double c = k < 0 || k > n ? 0 : 1;
        for (int i = 0; i < k && c > 0; ++i) c = c * (n - i) / (i + 1);
        return std::round(c);
    };
    for (int universe = 0; universe <= 24; universe += 3)
        for (int marked = 0; marked <= universe; ++marked)
            for (int draws = 0; draws <= universe; ++draws) {
                double tail = 0;
                for (int k = std::min(marked, draws) + 1; k >= 0; --k) {
                    tail += choose(marked, k) * choose(universe - marked, draws - k);
                    const double expected = tail / choose(universe, draws);
                    EXPECT_NEAR(hypergeometric_upper_tail(k, universe, marked, draws), expected, 1e-14 + 1e-12 * expected);
                }
            }
    EXPECT_EQ(hypergeometric_upper_tail(-3, 10, 4, 4), 1);
}

TEST(BenjaminiHochberg, FollowsItsDefinition) {
    const std::vector<double> q = benjamini_hochberg(std::vector<double>{0.01, 0.8, 0.02, 0.02, std::nan("")});
    EXPECT_NEAR(q[2], 0.02 * 5 / 3, 1e-12);
    EXPECT_EQ(q[2], q[3]);
    EXPECT_EQ(q[0], q[2]);
    EXPECT_EQ(q[1], 1);
    EXPECT_EQ(q[4], 1);
    EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace lexicell
