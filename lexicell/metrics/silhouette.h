#pragma once
// Silhouette widths (Rousseeuw 1987): exact, O(N^2 K) time, O(N + L) memory.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

// For every cell s = (b - a) / max(a, b): a the mean distance to the other cells of its class, b the smallest mean
// distance to another class. 0 for a cell alone in its class. Codes below 0 are missing: NaN, and not counted as
// neighbours of others. Error precondition: fewer than two classes, or coordinates that are not finite.
std::vector<double> silhouette_samples(const DenseMatrix& points /* N x K */, std::span<const std::int32_t> labels, int threads = 1,
                                       KnnMetric metric = KnnMetric::euclidean);

// Mean over the labelled cells, in [-1, 1]; scib rescales it to (s + 1) / 2.
double silhouette(const DenseMatrix& points, std::span<const std::int32_t> labels, int threads = 1, KnnMetric metric = KnnMetric::euclidean);

}  // namespace lexicell
