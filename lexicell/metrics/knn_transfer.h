#pragma once
// Labels carried from reference cells to query cells by their neighbours: how well two sets of cells share one space.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct KnnTransferOptions {
    int k = 15;       // reference neighbours that vote, Euclidean
    int threads = 1;
};

// N_query codes: the majority of the k nearest labelled reference cells, ties to the smaller code; -1 only where the
// reference has no label at all. Codes below 0 are missing. Both matrices have the same columns.
std::vector<std::int32_t> knn_transfer(const DenseMatrix& reference, std::span<const std::int32_t> labels, const DenseMatrix& query,
                                       const KnnTransferOptions& options = {});

// Share of the query's labelled cells whose transferred label is right; 0 without any.
double knn_transfer_accuracy(const DenseMatrix& reference, std::span<const std::int32_t> labels, const DenseMatrix& query,
                             std::span<const std::int32_t> query_labels, const KnnTransferOptions& options = {});

}  // namespace lexicell
