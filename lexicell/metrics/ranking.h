#pragma once
// How well a score ranks positives above negatives. truth: 1 = positive, 0 = negative, below 0 = left out; a larger
// score means more positive. Equal scores are one threshold. Not available: no positive, no negative (except where
// said), or a score that is NaN.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// One point a distinct threshold, from the strictest: counts of what lies at or above it.
struct RankingPoint {
    double threshold = 0;
    std::int64_t true_positives = 0, false_positives = 0;
};
std::vector<RankingPoint> ranking_curve(std::span<const std::int32_t> truth, std::span<const double> scores);

// Area under the ROC curve = chance that a positive ranks above a negative, ties counted half.
Score auroc(std::span<const std::int32_t> truth, std::span<const double> scores);

// sum (R_n - R_(n-1)) P_n over thresholds, R recall and P precision: the AUPRC of scikit-learn. 1 without negatives.
Score average_precision(std::span<const std::int32_t> truth, std::span<const double> scores);

// The same area by trapezoids from (recall 0, precision 1), which is optimistic (Davis & Goadrich 2006).
Score precision_recall_area(std::span<const std::int32_t> truth, std::span<const double> scores);

// False-positive rate at the strictest threshold that keeps `recall` of the positives (FPR95).
Score false_positive_rate_at(std::span<const std::int32_t> truth, std::span<const double> scores, double recall = 0.95);

enum class ClassPairing {
    one_vs_rest,
    one_vs_one,  // Hand & Till 2001: mean of both directions of every pair of classes
};
enum class ClassAverage {
    macro,
    weighted,  // by the cells of the class (of both classes of a pair)
};

// AUROC of several classes, scores N x C. Not available when a class does not occur in the truth.
Score multiclass_auroc(std::span<const std::int32_t> truth, const DenseMatrix& scores, ClassPairing pairing = ClassPairing::one_vs_rest,
                       ClassAverage average = ClassAverage::macro);

}  // namespace lexicell
