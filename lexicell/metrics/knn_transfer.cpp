#include "lexicell/metrics/knn_transfer.h"

#include <algorithm>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

std::vector<std::int32_t> knn_transfer(const DenseMatrix& reference, std::span<const std::int32_t> labels, const DenseMatrix& query,
                                       const KnnTransferOptions& options) {
    LEXICELL_ASSERT(labels.size() == static_cast<std::size_t>(reference.rows) && reference.cols == query.cols, "one label a reference cell, one space");
    std::vector<std::int64_t> known;
    for (std::int64_t i = 0; i < reference.rows; ++i)
        if (labels[i] >= 0) known.push_back(i);
    std::vector<std::int32_t> out(query.rows, -1);
    if (known.empty() || query.rows == 0) return out;
    const int k = static_cast<int>(std::min<std::int64_t>(options.k, static_cast<std::int64_t>(known.size())));
    const KnnGraph near = knn(query, take_rows(reference, known), {.k = k, .threads = options.threads});
    for (std::int64_t q = 0; q < query.rows; ++q) {
        std::map<std::int32_t, int> votes;
        for (int n = 0; n < near.k; ++n) ++votes[labels[known[near.indices[q * near.k + n]]]];
        out[q] = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; })->first;
    }
    return out;
}

double knn_transfer_accuracy(const DenseMatrix& reference, std::span<const std::int32_t> labels, const DenseMatrix& query,
                             std::span<const std::int32_t> query_labels, const KnnTransferOptions& options) {
    const std::vector<std::int32_t> said = knn_transfer(reference, labels, query, options);
    double right = 0, asked = 0;
    for (std::size_t q = 0; q < said.size(); ++q) {
        if (query_labels[q] < 0) continue;
        ++asked;
        right += said[q] == query_labels[q];
    }
    return asked > 0 ? right / asked : 0;
}

}  // namespace lexicell
