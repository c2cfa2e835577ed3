#pragma once
// Predicted against known regulatory edges (BEELINE: Pratapa et al., Nat Methods 2020; metrics.md 8).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/metrics/score.h"

namespace lexicell {

struct Edge {
    std::int64_t source = 0, target = 0;
    double weight = 0;  // predicted: strength, ranked by magnitude, the sign says activation or repression; truth: its sign counts
};

struct NetworkOptions {
    // Only ordered pairs whose source is the source of a true edge; else all pairs of genes that occur in a true edge.
    bool regulators_only = false;
    // Scores one sign: edges with a weight above 0 (activation) or below 0 (repression) in truth and prediction.
    enum class Sign { any, activation, repression } sign = Sign::any;
};

struct NetworkScores {
    Score auprc, auroc;             // over all possible pairs, missing predictions 0
    Score early_precision;          // share of true edges among those selected
    Score early_precision_ratio;    // EPR: early precision over `density`; 1 = chance
    double density = 0;             // true edges / possible edges
    std::int64_t true_edges = 0, possible_edges = 0, selected_edges = 0;
};

// Self-loops and pairs outside the universe are dropped; of repeated predictions the largest magnitude counts. EPR selects
// the k = true edges largest magnitudes with ties at the cut-off, which is never below the smallest magnitude that is not
// 0, and divides by the edges selected. Nothing predicted: precision and EPR are 0. Not available: no true edge.
NetworkScores network_scores(std::span<const Edge> predicted, std::span<const Edge> truth, const NetworkOptions& options = {});

// The `top` edges of largest magnitude (ties: smaller source, then target) of two runs: shared / all. Not available when
// both are empty.
Score edge_stability(std::span<const Edge> first, std::span<const Edge> second, std::int64_t top);

// |A and B| / |A or B| of two sets, as of enriched terms of a network and of a pathway set, both tested at 0.05 / m.
// Not available when both are empty.
Score jaccard_index(std::vector<std::int64_t> first, std::vector<std::int64_t> second);

}  // namespace lexicell
