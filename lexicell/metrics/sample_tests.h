#pragma once
// Tests of two samples, by scipy's conventions. Not available: a sample too small for the test.

#include <cstdint>
#include <span>

#include "lexicell/metrics/score.h"

namespace lexicell {

struct TestResult {
    Score statistic;
    Score p;
};

enum class Alternative { two_sided, greater, less };  // of x against y

// z = (R_x - n_x (n + 1) / 2) / sqrt(n_x n_y (n + 1) / 12), R_x the rank sum of x; neither ties nor continuity are
// corrected (scipy.stats.ranksums). Two-sided p.
TestResult rank_sums(std::span<const double> x, std::span<const double> y);

struct MannWhitneyOptions {
    Alternative alternative = Alternative::two_sided;
    bool continuity = true;  // half a rank nearer to the mean
    bool exact = false;      // the distribution of U without ties instead of the normal one; O(n_x n_y (n_x + n_y)) work
};

// U of x (Mann & Whitney 1947), its variance corrected for ties.
TestResult mann_whitney(std::span<const double> x, std::span<const double> y, const MannWhitneyOptions& options = {});

// Signed ranks of x - y, pairs without difference left out (Wilcoxon 1945); normal approximation with ties corrected.
// The statistic is the smaller of the two rank sums. Two-sided p.
TestResult signed_rank(std::span<const double> x, std::span<const double> y);

// Difference of means; Welch 1947 (own variances) or Student's pooled one. Two-sided p. Two samples without variance:
// p = 0 for different means, not available for equal ones.
TestResult welch_t(std::span<const double> x, std::span<const double> y);
TestResult student_t(std::span<const double> x, std::span<const double> y);

// The mean difference of pairs against 0: Student's t of x - y with n - 1 degrees of freedom (scipy.stats.ttest_rel).
TestResult paired_t(std::span<const double> x, std::span<const double> y);

// Largest distance of the two distribution functions; p as of one sample of round(n_x n_y / (n_x + n_y)) points.
TestResult kolmogorov_smirnov(std::span<const double> x, std::span<const double> y);

// Table {{a, b}, {c, d}} with its margins fixed (Fisher 1935). Greater: P(A >= a). Two-sided: all tables that are not
// more likely than this one (relative slack 1e-14). The statistic is the odds ratio a d / (b c).
TestResult fisher_exact(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, Alternative alternative = Alternative::two_sided);

}  // namespace lexicell
