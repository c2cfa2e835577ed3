#pragma once
// How little the cells of one label keep to their batch, by silhouettes of the batches inside each label.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// What a cell's distance to its own batch is compared with.
enum class OtherBatches {
    nearest,   // the batch of smallest mean distance: Rousseeuw's silhouette, blind to partial integration
    pooled,    // all cells of the other batches together
    furthest,  // the batch of largest mean distance
};

struct BatchSilhouetteOptions {
    OtherBatches other = OtherBatches::pooled;
    KnnMetric metric = KnnMetric::cosine;
    int threads = 1;
};

struct BatchSilhouette {
    Score score;                     // mean over labels of `labels`, in [0, 1]; 1 = batches cannot be told apart
    Score unscaled;                  // mean over the same labels of mean |s|
    std::vector<double> labels;      // L: mean over the label's cells of 1 - |s|; NaN for labels left out
    std::int64_t single_cells = 0;   // batches of one cell inside a scored label: s = 0 there, a perfect 1
};

// s = (b - a) / max(a, b) within each label, a to the other cells of the own batch; s = 0 for a cell alone in its batch
// and where a = b = 0. The defaults are BRAS of scib-metrics (Rautenstrauch & Ohler, Nat Biotechnol 2025; metrics.md 3);
// nearest with Euclidean distances is scib's batch ASW (Luecken et al., Nat Methods 2022; metrics.md 2). A label needs
// more than one batch and more cells than batches. labels, batches: N codes, cells with one below 0 take no part.
// Not available: no such label. Error precondition: coordinates that are not finite.
BatchSilhouette batch_silhouette(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                 const BatchSilhouetteOptions& options = {});

}  // namespace lexicell
