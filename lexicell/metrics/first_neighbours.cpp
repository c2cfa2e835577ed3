#include "lexicell/metrics/first_neighbours.h"

#include <algorithm>

namespace lexicell {

KnnGraph first_neighbours(const KnnGraph& graph, int k) {
    KnnGraph out{.points = graph.points, .k = std::min(k, graph.k)};
    for (std::int64_t i = 0; i < graph.points; ++i) {
        const auto indices = graph.neighbours(i).first(static_cast<std::size_t>(out.k));
        const auto distances = graph.distances_of(i).first(static_cast<std::size_t>(out.k));
        out.indices.insert(out.indices.end(), indices.begin(), indices.end());
        out.distances.insert(out.distances.end(), distances.begin(), distances.end());
    }
    return out;
}

}  // namespace lexicell
