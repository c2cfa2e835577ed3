#pragma once
// What a classifier gains by leaving out the cells it is unsure of (El-Yaniv & Wiener 2010; metrics.md 5).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/metrics/score.h"

namespace lexicell {

// The cells with a confidence of at least `threshold`.
struct RiskCoveragePoint {
    double threshold = 0;
    double coverage = 0;  // share of all cells
    double accuracy = 0;  // 1 - risk
};

struct RiskCoverage {
    std::vector<RiskCoveragePoint> points;  // one a distinct confidence, from the strictest
    Score aurc;                             // mean of the risk over coverage, in [0, 1]; lower is better
};

// correct: 1 or 0 a cell, below 0 = left out; a larger confidence is more certain. Not available without cells or with a
// confidence that is NaN.
RiskCoverage risk_coverage(std::span<const std::int32_t> correct, std::span<const double> confidence);

// At the strictest threshold that keeps at least this share of the cells.
Score accuracy_at_coverage(const RiskCoverage& curve, double coverage);

}  // namespace lexicell
