#include "lexicell/models/baseline/mutual_neighbours.h"

#include <algorithm>
#include <vector>

#include <mnncorrect/mnncorrect.hpp>

#include "lexicell/base/error.h"
#include "lexicell/models/baseline/batch_order.h"

namespace lexicell {

DenseMatrix mutual_neighbours(const DenseMatrix& points, std::span<const std::int32_t> batch,
                              const MutualNeighboursOptions& options) {
    LEXICELL_ASSERT(options.neighbours > 0 && options.steps >= 0, "at least one neighbour");
    const BatchOrder order = order_by_batch(points, batch);
    if (order.batches_with_cells() < 2) return points;
    std::vector<int> sizes;
    for (const std::int64_t cells : order.in_batch)
        if (cells > 0) sizes.push_back(static_cast<int>(cells));
    std::vector<double> in, out(points.values.size());
    for (const std::int64_t row : order.rows) in.insert(in.end(), points.row(row).begin(), points.row(row).end());

    mnncorrect::Options<int, double> chosen;
    chosen.num_neighbors = options.neighbours;
    chosen.num_steps = options.steps;
    chosen.num_threads = options.threads;
    mnncorrect::compute(static_cast<std::size_t>(points.cols), sizes, in.data(), out.data(), chosen);

    DenseMatrix corrected(points.rows, points.cols);
    for (std::int64_t i = 0; i < points.rows; ++i)
        std::transform(out.begin() + i * points.cols, out.begin() + (i + 1) * points.cols,
                       corrected.row(order.rows[i]).begin(), [](double value) { return static_cast<float>(value); });
    return corrected;
}

}  // namespace lexicell
