#include "lexicell/metrics/group_distances.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell {
namespace {

constexpr std::int64_t lanes = 64;  // cells whose distances are computed at once

}  // namespace

void for_each_group_distance(const DenseMatrix& points, std::span<const std::int32_t> groups, std::int32_t count, KnnMetric metric,
                             int threads, const std::function<void(std::int64_t cell, std::span<const double> sums)>& visit) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(groups.size()), "one group a cell");
    std::vector<std::int64_t> order;  // cells group by group
    for (std::int64_t i = 0; i < points.rows; ++i) {
        LEXICELL_ASSERT(groups[i] < count, "groups below their number");
        if (groups[i] >= 0) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return groups[a] < groups[b]; });
    const auto cells = static_cast<std::int64_t>(order.size());
    const std::int64_t width = points.cols;
    std::vector<double> scale(order.size(), 1);  // 1 / length of the row
    if (metric == KnnMetric::cosine)
        for (std::int64_t j = 0; j < cells; ++j) {
            double square = 0;
            for (const float value : points.row(order[j])) square += static_cast<double>(value) * value;
            scale[j] = square > 0 ? 1 / std::sqrt(square) : 0;
        }
    std::vector<float> columns(static_cast<std::size_t>(width * cells));  // D x cells
    for (std::int64_t j = 0; j < cells; ++j)
        for (std::int64_t d = 0; d < width; ++d) columns[d * cells + j] = points(order[j], d);

    parallel_for(cells, 16, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> sums(static_cast<std::size_t>(count));
        double lane[lanes];
        for (std::int64_t q = begin; q < end; ++q) {
            const std::int64_t i = order[q];
            std::fill(sums.begin(), sums.end(), 0.0);
            for (std::int64_t first = 0; first < cells; first += lanes) {
                const std::int64_t size = std::min(lanes, cells - first);
                std::fill_n(lane, size, 0.0);
                for (std::int64_t d = 0; d < width; ++d) {
                    const double mine = points(i, d);
                    const float* const column = columns.data() + d * cells + first;
                    if (metric == KnnMetric::cosine) {
                        for (std::int64_t l = 0; l < size; ++l) lane[l] += mine * column[l];
                    } else {
                        for (std::int64_t l = 0; l < size; ++l) lane[l] += (mine - column[l]) * (mine - column[l]);
                    }
                }
                for (std::int64_t l = 0; l < size; ++l) {
                    const std::int64_t j = first + l;
                    const double distance = j == q                        ? 0
                                            : metric == KnnMetric::cosine ? std::max(0.0, 1 - lane[l] * scale[q] * scale[j])
                                                                          : std::sqrt(lane[l]);
                    sums[groups[order[j]]] += distance;
                }
            }
            visit(i, sums);
        }
    });
}

}  // namespace lexicell
