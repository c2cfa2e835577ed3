#pragma once
#include <cstdint>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// One modality predicted from another (metrics.md 10), truth and prediction N x G. The correlations are means over the
// rows (cells) or columns (genes) that have one; the counts say how many do.
struct PredictionError {
    Score rmse, mae;  // over all entries
    Score pearson_by_cell, spearman_by_cell, pearson_by_gene, spearman_by_gene;
    std::int64_t cells = 0, genes = 0;  // with a correlation
};

// Not available: an empty table, or no row or column that varies in both.
PredictionError prediction_error(const DenseMatrix& truth, const DenseMatrix& predicted);

}  // namespace lexicell
