#include "lexicell/metrics/silhouette.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/metrics/class_centroids.h"
#include "lexicell/metrics/group_distances.h"

namespace lexicell {

std::vector<double> silhouette_samples(const DenseMatrix& points, std::span<const std::int32_t> labels, int threads, KnnMetric metric) {
    const ClassCentroids classes = class_centroids(points, labels);  // its checks are the ones needed here
    const auto count = static_cast<std::int32_t>(classes.sizes.size());
    std::vector<double> widths(static_cast<std::size_t>(points.rows), std::numeric_limits<double>::quiet_NaN());
    for_each_group_distance(points, classes.position, count, metric, threads, [&](std::int64_t i, std::span<const double> sums) {
        const std::int32_t own = classes.position[i];
        if (classes.sizes[own] == 1) {
            widths[i] = 0;
            return;
        }
        const double inside = sums[own] / static_cast<double>(classes.sizes[own] - 1);
        double outside = std::numeric_limits<double>::infinity();
        for (std::int32_t c = 0; c < count; ++c)
            if (c != own) outside = std::min(outside, sums[c] / static_cast<double>(classes.sizes[c]));
        const double larger = std::max(inside, outside);
        widths[i] = larger > 0 ? (outside - inside) / larger : 0;
    });
    return widths;
}

double silhouette(const DenseMatrix& points, std::span<const std::int32_t> labels, int threads, KnnMetric metric) {
    double sum = 0;
    std::int64_t cells = 0;
    for (const double width : silhouette_samples(points, labels, threads, metric))
        if (!std::isnan(width)) sum += width, ++cells;
    return sum / static_cast<double>(cells);
}

}  // namespace lexicell
