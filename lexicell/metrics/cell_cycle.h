#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct CellCycleConservation {
    Score score;                  // mean over the batches that have one, in [0, 1]
    std::vector<double> batches;  // by code; NaN where the cell cycle explains nothing before
};

// Per batch, with v the share of variance that the S and G2M scores explain together (pc_regression, 50 components):
// 1 - |v_after - v_before| / v_before, negative values 0 (Luecken et al. 2022; metrics.md 2). s, g2m: scores of the
// unintegrated cells, N each. before: N x P, the unintegrated expression or its principal components (the reference
// computes components of every batch from its expression: give that to equal it). Not available: in no batch.
CellCycleConservation cell_cycle_conservation(const DenseMatrix& before, const DenseMatrix& after, std::span<const double> s,
                                              std::span<const double> g2m, std::span<const std::int32_t> batches);

}  // namespace lexicell
