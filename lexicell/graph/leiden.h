#pragma once
// Leiden clustering (Traag, Waltman & van Eck, Sci Rep 2019) for modularity with resolution.

#include <cstdint>
#include <optional>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct LeidenOptions {
    double resolution = 1.0;             // larger gives more and smaller clusters
    std::optional<int> iterations;       // passes of move, refine, aggregate; absent = until nothing changes
    int restarts = 1;                    // independent runs, of which the best is kept; more is slower and steadier
    std::uint64_t seed = 0;
    int threads = 1;                     // over restarts
};

struct LeidenResult {
    std::vector<std::int32_t> membership;  // N codes, 0 = the largest cluster (ties: the one with the first node)
    std::int32_t clusters = 0;
    double modularity = 0;                 // at the resolution asked for
    int iterations = 0;                    // of the run that was kept
};

// Clusters of a weighted, undirected graph: `adjacency` symmetric N x N, weights >= 0, self-loops allowed. Every
// cluster is connected. Error precondition: not symmetric, or a weight is negative or not finite.
LeidenResult leiden(const CsrMatrix& adjacency, const LeidenOptions& options = {});

}  // namespace lexicell
