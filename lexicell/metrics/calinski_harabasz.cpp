#include "lexicell/metrics/calinski_harabasz.h"

#include "lexicell/metrics/class_centroids.h"

namespace lexicell {

double calinski_harabasz(const DenseMatrix& points, std::span<const std::int32_t> labels) {
    const ClassCentroids classes = class_centroids(points, labels);
    double between = 0, within = 0;
    for (std::size_t c = 0; c < classes.sizes.size(); ++c)
        for (std::int64_t d = 0; d < points.cols; ++d) {
            const double difference = classes.means[c][d] - classes.overall_mean[d];
            between += static_cast<double>(classes.sizes[c]) * difference * difference;
        }
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t d = 0; classes.position[i] >= 0 && d < points.cols; ++d) {
            const double difference = points(i, d) - classes.means[classes.position[i]][d];
            within += difference * difference;
        }
    const auto count = static_cast<double>(classes.sizes.size());
    return within > 0 ? between * (static_cast<double>(classes.cells) - count) / (within * (count - 1)) : 1;
}

}  // namespace lexicell
