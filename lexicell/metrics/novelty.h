#pragma once
// Recognising cells of kinds that the training did not hold (metrics.md 5).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// Scores of N cells, larger = more likely new.
std::vector<double> unsureness(const DenseMatrix& probabilities /* N x C */);             // 1 - max p (Hendrycks & Gimpel 2017)
std::vector<double> energy(const DenseMatrix& logits /* N x C */, double temperature = 1);  // -T logsumexp(z / T) (Liu et al. 2020)
// Euclidean, to the nearest row of `references`; not a number without any.
std::vector<double> nearest_distance(const DenseMatrix& points /* N x D */, const DenseMatrix& references, int threads = 1);

struct NoveltyScores {
    Score auroc, auprc;
    Score fpr95;             // share of known cells flagged at the threshold that finds 95 % of the new ones; lower is better
    double chance_auprc = 0; // share of new cells: what a random score reaches
};

// is_new: 1 = of a held-out kind, 0 = known, below 0 = left out.
NoveltyScores novelty_scores(std::span<const std::int32_t> is_new, std::span<const double> scores);

}  // namespace lexicell
