#pragma once
// Whether an embedding keeps the order of cells along a known trajectory (Luecken et al. 2022; metrics.md 2).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// Distance from `root` in the diffusion map, divided by the largest (Haghverdi et al. 2016, as scanpy): squares summed over
// the leading `components`, coordinates weighted by lambda / (1 - lambda), by 1 where lambda >= 0.9994. Infinite for cells
// that are not connected to the root.
std::vector<double> diffusion_pseudotime(const CsrMatrix& connectivities, std::int64_t root, std::int64_t components = 10);

struct TrajectoryConservation {
    Score score;            // (rho + 1) / 2 with Spearman's rho
    Score rho;
    std::int64_t root = -1;
    std::int64_t outside = 0;  // cells beyond the largest component: their pseudotime counts as 0
    std::string quirk;         // why the reference scores 0; empty otherwise
};

// Within the largest connected component of the embedding's graph the root is the cell of the start label (the label of
// the smallest mean pseudotime) that is extreme, farthest from the mean of the component, on most of the first 3
// diffusion components (ties: the smaller reference pseudotime, then index). rho compares diffusion pseudotime from
// there with the reference over the cells whose reference is finite. No cell of the start label there: score 0.
TrajectoryConservation trajectory_conservation(const CsrMatrix& connectivities, std::span<const std::int32_t> labels,
                                               std::span<const double> reference_pseudotime);

}  // namespace lexicell
