#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct GraphConnectivity {
    Score score;                 // mean over labels, in (0, 1]
    std::vector<double> labels;  // L; NaN for a label without cells
};

// Largest strong component of each label's subgraph over the label's cells (Luecken et al. 2022; metrics.md 2 and 3).
// scib gives the symmetric connectivities of 15 neighbours, scib-metrics the directed distances of 14 others
// (distance_matrix), which is never larger. Codes below 0 are missing. Not available without labels.
GraphConnectivity graph_connectivity(const CsrMatrix& graph /* N x N */, std::span<const std::int32_t> labels);

}  // namespace lexicell
