#include "lexicell/metrics/davies_bouldin.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/metrics/class_centroids.h"

namespace lexicell {

double davies_bouldin(const DenseMatrix& points, std::span<const std::int32_t> labels) {
    const ClassCentroids classes = class_centroids(points, labels);
    const std::size_t count = classes.sizes.size();
    std::vector<double> spread(count);
    for (std::int64_t i = 0; i < points.rows; ++i) {
        if (classes.position[i] < 0) continue;
        double square = 0;
        for (std::int64_t d = 0; d < points.cols; ++d) {
            const double difference = points(i, d) - classes.means[classes.position[i]][d];
            square += difference * difference;
        }
        spread[classes.position[i]] += std::sqrt(square) / static_cast<double>(classes.sizes[classes.position[i]]);
    }
    double sum = 0;
    for (std::size_t a = 0; a < count; ++a) {
        double worst = 0;
        for (std::size_t b = 0; b < count; ++b) {
            double square = 0;
            for (std::int64_t d = 0; d < points.cols; ++d)
                square += (classes.means[a][d] - classes.means[b][d]) * (classes.means[a][d] - classes.means[b][d]);
            if (a != b && square > 0) worst = std::max(worst, (spread[a] + spread[b]) / std::sqrt(square));
        }
        sum += worst;
    }
    return sum / static_cast<double>(count);
}

}  // namespace lexicell
