#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct BatchOrder {
    std::vector<std::int64_t> rows;      // N rows by ascending batch, those of a batch by their coordinates
    std::vector<std::int64_t> in_batch;  // B: cells of each batch; 0 for a code that does not occur

    std::int64_t batches_with_cells() const;
};

// An order of N cells that does not depend on the one they are given in: what a method of batch correction does in it
// is the same for permuted cells. points: N x K; batch: N codes from 0. Error(precondition): a coordinate that is not
// finite, a code below 0.
BatchOrder order_by_batch(const DenseMatrix& points, std::span<const std::int32_t> batch);

}  // namespace lexicell
