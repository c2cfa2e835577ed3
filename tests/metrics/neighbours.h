#pragma once
// The stored neighbour lists of a reference case, without the cell itself in column 0.

#include "lexicell/graph/knn.h"
#include "tests/support/golden.h"

namespace lexicell::testing_support {

inline KnnGraph stored_neighbours(const GoldenCase& golden, int k, const std::string& prefix = "") {
    const HostTensor& indices = golden.input(prefix + "knn_indices");
    const std::vector<std::int64_t> index = indices.to_int64();
    const std::vector<float> distance = golden.input(prefix + "knn_distances").to_float();
    const std::int64_t cells = indices.shape.at(0), width = indices.shape.at(1);
    KnnGraph graph{.points = cells, .k = k};
    for (std::int64_t i = 0; i < cells; ++i)
        for (std::int64_t n = 1; n <= k; ++n) {
            graph.indices.push_back(static_cast<std::int32_t>(index[i * width + n]));
            graph.distances.push_back(distance[i * width + n]);
        }
    return graph;
}

}  // namespace lexicell::testing_support
