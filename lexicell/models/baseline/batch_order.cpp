#include "lexicell/models/baseline/batch_order.h"

#include <algorithm>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/metrics/finite_points.h"

namespace lexicell {

std::int64_t BatchOrder::batches_with_cells() const {
    return std::ranges::count_if(in_batch, [](std::int64_t cells) { return cells > 0; });
}

BatchOrder order_by_batch(const DenseMatrix& points, std::span<const std::int32_t> batch) {
    LEXICELL_ASSERT(points.rows == std::ssize(batch), "one batch code a cell");
    require_finite(points);
    BatchOrder out{.rows = std::vector<std::int64_t>(batch.size())};
    for (const std::int32_t code : batch) {
        if (code < 0)
            throw Error(ErrorKind::precondition, {.type = "no-batch",
                                                  .message = "a cell has no batch",
                                                  .found = "a code below 0",
                                                  .hint = "drop such cells, or make them a batch of their own"});
        if (code >= std::ssize(out.in_batch)) out.in_batch.resize(static_cast<std::size_t>(code) + 1);
        ++out.in_batch[code];
    }
    std::iota(out.rows.begin(), out.rows.end(), std::int64_t{0});
    std::ranges::stable_sort(out.rows, [&](std::int64_t a, std::int64_t b) {
        if (batch[a] != batch[b]) return batch[a] < batch[b];
        return std::ranges::lexicographical_compare(points.row(a), points.row(b));
    });
    return out;
}

}  // namespace lexicell
