#pragma once
// A clustering resolution chosen without labels, by how well the clusters survive the loss of cells.

#include <cstdint>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"
#include "lexicell/graph/leiden.h"

namespace lexicell {

struct ChooseResolutionOptions {
    // Candidates, ascending. Latents of a VAE fall apart at resolutions where principal components do not yet.
    std::vector<double> resolutions = {0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2};
    int subsamples = 10;        // more is slower and steadier
    double share = 0.8;         // cells of a subsample
    double tolerance = 0.05;    // stability that a finer clustering may lose; larger gives more clusters
    int restarts = 3;           // of the clustering of all cells
    std::uint64_t seed = 0;
    int threads = 1;
};

struct ResolutionStability {
    double resolution = 0;
    std::int32_t clusters = 0;  // of all cells
    double stability = 0;       // mean adjusted Rand index between a subsample's clusters and those of all cells
    double lowest = 0;          // over subsamples
};

struct ChooseResolutionResult {
    std::vector<ResolutionStability> rows;  // in the order of the candidates
    std::size_t chosen = 0;
    LeidenResult clustering;                // of all cells at the chosen resolution
};

// Every candidate clusters all cells and, in the induced graph, each subsample. Among the candidates with more than one
// cluster the finest one within `tolerance` of the most stable is taken: coarse clusterings are nearly always stable,
// so stability alone would prefer them, while beyond the structure in the data it falls quickly. One cluster is chosen
// only if no candidate gives more. `adjacency` is symmetric N x N.
ChooseResolutionResult choose_resolution(const CsrMatrix& adjacency, const ChooseResolutionOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
