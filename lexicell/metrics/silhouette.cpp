#include "lexicell/metrics/silhouette.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/parallel.h"
#include "lexicell/metrics/class_centroids.h"

namespace lexicell {
namespace {

constexpr std::int64_t lanes = 64;  // cells whose distances are computed at once

}  // namespace

std::vector<double> silhouette_samples(const DenseMatrix& points, std::span<const std::int32_t> labels, int threads) {
    const ClassCentroids classes = class_centroids(points, labels);  // its checks are the ones needed here
    std::vector<std::int64_t> order;                                 // labelled cells, class by class
    for (std::size_t c = 0; c < classes.sizes.size(); ++c)
        for (std::int64_t i = 0; i < points.rows; ++i)
            if (classes.position[i] == static_cast<std::int32_t>(c)) order.push_back(i);
    const auto cells = static_cast<std::int64_t>(order.size());
    std::vector<float> columns(static_cast<std::size_t>(points.cols * cells));  // K x labelled cells
    for (std::int64_t j = 0; j < cells; ++j)
        for (std::int64_t d = 0; d < points.cols; ++d) columns[d * cells + j] = points(order[j], d);

    std::vector<double> widths(static_cast<std::size_t>(points.rows), std::numeric_limits<double>::quiet_NaN());
    parallel_for(cells, 16, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> sums(classes.sizes.size());
        double squares[lanes];
        for (std::int64_t q = begin; q < end; ++q) {
            const std::int64_t i = order[q];
            std::fill(sums.begin(), sums.end(), 0.0);
            for (std::int64_t first = 0; first < cells; first += lanes) {
                const std::int64_t count = std::min(lanes, cells - first);
                std::fill_n(squares, count, 0.0);
                for (std::int64_t d = 0; d < points.cols; ++d) {
                    const double mine = points(i, d);
                    const float* const column = columns.data() + d * cells + first;
                    for (std::int64_t l = 0; l < count; ++l) squares[l] += (mine - column[l]) * (mine - column[l]);
                }
                for (std::int64_t l = 0; l < count; ++l) sums[classes.position[order[first + l]]] += std::sqrt(squares[l]);
            }
            const std::int32_t own = classes.position[i];
            if (classes.sizes[own] == 1) {
                widths[i] = 0;
                continue;
            }
            const double inside = sums[own] / static_cast<double>(classes.sizes[own] - 1);
            double outside = std::numeric_limits<double>::infinity();
            for (std::size_t c = 0; c < sums.size(); ++c)
                if (static_cast<std::int32_t>(c) != own) outside = std::min(outside, sums[c] / static_cast<double>(classes.sizes[c]));
            const double larger = std::max(inside, outside);
            widths[i] = larger > 0 ? (outside - inside) / larger : 0;
        }
    });
    return widths;
}

double silhouette(const DenseMatrix& points, std::span<const std::int32_t> labels, int threads) {
    double sum = 0;
    std::int64_t cells = 0;
    for (const double width : silhouette_samples(points, labels, threads))
        if (!std::isnan(width)) sum += width, ++cells;
    return sum / static_cast<double>(cells);
}

}  // namespace lexicell
