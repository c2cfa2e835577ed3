#pragma once
// Leaving cells without a label: the rules of published annotators (metrics.md 5).

#include <cstdint>
#include <span>
#include <vector>

namespace lexicell {

// -1 ("Unassigned") where the probability is below the threshold; CellTypist's default is 0.5.
std::vector<std::int32_t> reject_below(std::span<const std::int32_t> predicted, std::span<const double> probability, double threshold = 0.5);

// Every cell of a cluster gets the cluster's most frequent prediction (ties: the smaller code), or -1 ("Heterogeneous")
// where its share of the cluster is below `share`. Predictions below 0 count in the share and never win. Cells with a
// cluster below 0 keep their own.
std::vector<std::int32_t> majority_vote(std::span<const std::int32_t> predicted, std::span<const std::int32_t> clusters, double share = 0);

}  // namespace lexicell
