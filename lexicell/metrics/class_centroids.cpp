#include "lexicell/metrics/class_centroids.h"

#include <cmath>
#include <map>
#include <string>

#include "lexicell/base/error.h"

namespace lexicell {

ClassCentroids class_centroids(const DenseMatrix& points, std::span<const std::int32_t> labels) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(labels.size()), "one label a cell");
    std::map<std::int32_t, std::int32_t> position_of;
    for (const std::int32_t label : labels)
        if (label >= 0) position_of.emplace(label, 0);
    std::int32_t next = 0;
    for (auto& [label, position] : position_of) position = next++;

    const auto dimensions = static_cast<std::size_t>(points.cols);
    ClassCentroids out{.sizes = std::vector<std::int64_t>(position_of.size()),
                       .means = std::vector(position_of.size(), std::vector<double>(dimensions)),
                       .overall_mean = std::vector<double>(dimensions)};
    for (std::int64_t i = 0; i < points.rows; ++i) {
        out.position.push_back(labels[i] < 0 ? -1 : position_of.at(labels[i]));
        if (labels[i] < 0) continue;
        ++out.cells;
        ++out.sizes[out.position[i]];
        for (std::size_t d = 0; d < dimensions; ++d) {
            const double value = points(i, static_cast<std::int64_t>(d));
            if (!std::isfinite(value))
                throw Error(ErrorKind::precondition, {.type = "non-finite-embedding",
                                                      .message = "a score of distances needs finite coordinates",
                                                      .found = "a value that is not finite in row " + std::to_string(i)});
            out.means[out.position[i]][d] += value;
            out.overall_mean[d] += value;
        }
    }
    const auto classes = static_cast<std::int64_t>(out.sizes.size());
    if (classes < 2 || classes >= out.cells)
        throw Error(ErrorKind::precondition, {.type = "too-few-classes",
                                              .message = "a score of separation needs at least two classes, and fewer classes than cells",
                                              .found = std::to_string(classes) + " classes of " + std::to_string(out.cells) + " labelled cells"});
    for (std::int64_t c = 0; c < classes; ++c)
        for (double& value : out.means[c]) value /= static_cast<double>(out.sizes[c]);
    for (double& value : out.overall_mean) value /= static_cast<double>(out.cells);
    return out;
}

}  // namespace lexicell
