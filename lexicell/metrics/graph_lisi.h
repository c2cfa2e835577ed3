#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct GraphLisiOptions {
    int nodes = 90;          // nearest ones by path length; the perplexity is a third, rounded down
    int threads = 1;
};

struct GraphLisi {
    std::vector<double> labels, batches;  // N, of labels and of batches; NaN for a cell without edges
    std::int64_t cut_off = 0;             // cells that reach fewer nodes: LISI 1
};

// LISI on the shortest paths of a neighbour graph, as scib (Luecken et al. 2022; metrics.md 2.2). The length of a path is
// the sum of its connectivities, so that a stronger edge counts as longer: the reference's rule, reproduced. All cells
// are used where the reference draws half of them. Equal lengths: the smaller index first. `connectivities` symmetric
// N x N, weights > 0. Score by clisi_score and ilisi_score (lisi.h).
GraphLisi graph_lisi(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                     const GraphLisiOptions& options = {});

}  // namespace lexicell
