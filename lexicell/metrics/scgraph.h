#pragma once
// scGraph: whether cell types lie as near to each other as they do within single batches (Genentech/Islander, Nat
// Biotechnol 2025; metrics.md 4.1). A check against embeddings tuned to the scIB scores.

#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct ScGraphOptions {
    double trim = 0.05;               // of the cells at either end of every coordinate; the preprint's code used 0.2
    std::int64_t label_cells = 10;    // smaller labels are ignored
    std::int64_t batch_cells = 100;   // smaller batches are ignored
};

struct ScGraph {
    Score rank_pca;       // mean over labels of Spearman's rho of the label's distances with the consensus
    Score corr_pca;       // the same with Pearson's r
    Score corr_weighted;  // Pearson weighted by 1 / consensus distance, the label itself 0
    std::int64_t labels = 0, batches = 0;  // that took part
    double trim = 0;      // to be named with the scores
};

// Label centroids are trimmed means; distances between them Euclidean, every column divided by its largest. The consensus
// is the mean over batches (pairs that never meet in a batch are left out), divided again. batch_components: N x P, each
// batch in principal components of its own (the reference: 10 components of 1,000 variable genes of log counts);
// different batches are never compared. Not available: fewer than three labels with a consensus.
ScGraph scgraph(const DenseMatrix& embedding /* N x D */, const DenseMatrix& batch_components, std::span<const std::int32_t> labels,
                std::span<const std::int32_t> batches, const ScGraphOptions& options = {});

}  // namespace lexicell
