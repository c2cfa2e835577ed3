#pragma once
// Held-out genes predicted for spots or cells (Li et al., Nat Methods 2022; metrics.md 9).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/metrics/score.h"

namespace lexicell {

// Of one gene over its N spots. Not available: truth or prediction without variance (pearson, rmse), all zero, or a value
// that is negative (ssim, jensen_shannon) or not finite. A missing prediction is a failure, not a small number.
struct ImputationScores {
    Score pearson;
    Score ssim;            // global structural similarity, below; in [-1, 1]
    Score rmse;            // of z-scores (population standard deviation): 0 best, sqrt(2) for no relation
    Score jensen_shannon;  // divergence of the vectors brought to sum 1, natural logarithm, in [0, log 2]
};

// SSIM after division of each vector by its maximum: (2 mx my + C1) / (mx^2 + my^2 + C1) * (2 sx sy + C2) / (sx^2 + sy^2 + C2)
// * (sxy + C3) / (sx sy + C3), C1 = 0.01^2, C2 = 0.03^2, C3 = C2 / 2, population moments (Wang et al. 2004, one window).
ImputationScores imputation_scores(std::span<const double> truth, std::span<const double> predicted);

// AS of every method: its mean rank among the methods, 1 = best, over the four scores; ties at the mean rank. Ranked gene by
// gene, then averaged, where the paper ranks means over genes: so a gene that a method fails on ranks it last there.
// scores: M methods of G genes each. Scores without a value in any method are left out.
std::vector<Score> imputation_ranking(const std::vector<std::vector<ImputationScores>>& scores);

// Proportions of cell types by spot, truth and prediction flattened alike (S x C).
struct DeconvolutionScores {
    Score r2;    // 1 - residual / total sum of squares over all entries
    Score rmse;
    Score jensen_shannon;  // mean over spots of the distance, base 2
    Score auroc;           // of "present" (truth > 0) by the predicted proportion
};
DeconvolutionScores deconvolution_scores(std::span<const double> truth, std::span<const double> predicted, std::int64_t types);

}  // namespace lexicell
