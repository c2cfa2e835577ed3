#pragma once
// The flavours behind highly_variable_genes.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/prep/highly_variable.h"

namespace lexicell {

// cells: one list of rows a batch; a single list of all rows when there are no batches.
using BatchRows = std::vector<std::vector<std::int64_t>>;

HighlyVariable hvg_by_log_variance(MatrixRef logged, const HvgOptions& options, const BatchRows& batches);
HighlyVariable hvg_by_dispersion(MatrixRef logged, const HvgOptions& options, const BatchRows& batches, bool batched);
HighlyVariable hvg_by_standardized_variance(MatrixRef counts, const HvgOptions& options, const BatchRows& batches, bool batched);

// The indices of `size` genes, best first under `before`, ties by index.
template <class Before>
std::vector<std::int64_t> ranked(std::int64_t size, Before before) {
    std::vector<std::int64_t> order(size);
    for (std::int64_t g = 0; g < size; ++g) order[g] = g;
    std::stable_sort(order.begin(), order.end(), before);
    return order;
}

}  // namespace lexicell
