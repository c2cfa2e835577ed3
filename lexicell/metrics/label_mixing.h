#pragma once
// Further scores of Open Problems' integration task (metrics.md 4.3).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct CilisiOptions {
    std::int64_t label_cells = 10;  // smaller labels, and labels of one batch, are left out
    double perplexity = 30;
    int threads = 1;
};

struct Cilisi {
    Score cells;        // mean over the cells of all labels that take part
    Score label_means;  // mean over those labels of their means
};

// LISI of the batches inside each label, (LISI - 1) / (B - 1) with B the batches of the label; neighbours are searched
// among the label's cells, 3 * perplexity or all. Not available: no label takes part.
Cilisi cilisi(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
              const CilisiOptions& options = {});

struct Ksim {
    Score similarity;  // mean share of the K nearest, the cell itself among them, that have the cell's label
    Score acceptance;  // share of cells where that share is at least `accepted`
    int k = 0;         // after the cap
};

// graph: at least K - 1 neighbours a cell; K is capped at floor(sqrt(N)). Codes below 0 are left out.
Ksim ksim(const KnnGraph& graph, std::span<const std::int32_t> labels, int k = 25, double accepted = 0.9);

}  // namespace lexicell
