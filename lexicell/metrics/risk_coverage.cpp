#include "lexicell/metrics/risk_coverage.h"

#include <algorithm>
#include <cmath>

#include "lexicell/metrics/ranking.h"

namespace lexicell {

RiskCoverage risk_coverage(std::span<const std::int32_t> correct, std::span<const double> confidence) {
    RiskCoverage out;
    const std::vector<RankingPoint> curve = ranking_curve(correct, confidence);
    for (std::size_t i = 0; i < correct.size(); ++i)
        if (correct[i] >= 0 && std::isnan(confidence[i])) out.aurc = Score::not_available("a confidence is not a number");
    if (curve.empty()) out.aurc = Score::not_available("no cell has a true class");
    if (!out.aurc.reason.empty()) return out;
    const auto cells = static_cast<double>(curve.back().true_positives + curve.back().false_positives);
    double area = 0, before = 0;
    for (const RankingPoint& point : curve) {
        const auto kept = static_cast<double>(point.true_positives + point.false_positives);
        const double accuracy = static_cast<double>(point.true_positives) / kept;
        area += (kept - before) / cells * (1 - accuracy);
        before = kept;
        out.points.push_back({.threshold = point.threshold, .coverage = kept / cells, .accuracy = accuracy});
    }
    out.aurc = area;
    return out;
}

Score accuracy_at_coverage(const RiskCoverage& curve, double coverage) {
    for (const RiskCoveragePoint& point : curve.points)
        if (point.coverage >= coverage) return point.accuracy;
    return Score::not_available(curve.aurc.reason.empty() ? "coverage above 1" : curve.aurc.reason);
}

}  // namespace lexicell
