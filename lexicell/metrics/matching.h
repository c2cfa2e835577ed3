#pragma once
// Two measurements of the same cells in one space (Cao & Gao, Nat Biotechnol 2022: the definitions of GLUE; metrics.md 10).

#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// Fraction of samples closer than the true match: per cell the share of the other side's cells strictly closer (squared
// Euclidean) than its own partner; mean over cells and both directions. 0 best, 0.5 chance. Row i of both is one cell.
// Not available without cells.
Score foscttm(const DenseMatrix& first /* N x D */, const DenseMatrix& second /* N x D */, int threads = 1);

// Neighbours that the GLUE scores use: max(round(0.01 N), 1); rounding is to even, as in NumPy.
int glue_neighbours(std::int64_t cells, double share = 0.01);

// Mean average precision of "same label" down each list of neighbours: mean over hits of hits so far / rank, 0 without a
// hit; mean over cells. Codes below 0 are left out.
Score neighbour_average_precision(const KnnGraph& graph, std::span<const std::int32_t> labels);

struct SeuratAlignmentOptions {
    double share = 0.01;  // neighbours of the subsample's size
    int repeats = 4;
    std::uint64_t seed = 0;
    int threads = 1;
};

// (k - x) B / (k (B - 1)), x = mean number of neighbours of the own batch, at most 1; every batch is cut to the size of the
// smallest at random; mean over repeats (Butler et al. 2018 as in GLUE). Not available: one batch.
Score seurat_alignment(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> batches, const SeuratAlignmentOptions& options = {});

// Mean over batches of the cells' mean Jaccard index of their neighbour sets (the cell included) before and after, both
// searched within the batch; k from the size of the whole. Not available: no batch of two cells.
Score neighbour_conservation(const DenseMatrix& before, const DenseMatrix& after, std::span<const std::int32_t> batches, double share = 0.01, int threads = 1);

}  // namespace lexicell
