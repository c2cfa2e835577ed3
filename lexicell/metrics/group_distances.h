#pragma once
// For every cell the sum of its distances to the cells of each group: what the silhouettes share. Exact, O(N^2 D) time.

#include <cstdint>
#include <functional>
#include <span>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

// Calls visit(cell, sums) once for every cell with a group, sums[g] over the cells of group g (the cell itself adds 0);
// cells with a group below 0 take no part. Groups are in [0, count). With several threads the calls come from all of
// them. Cosine is 1 - cos, 1 from or to a row of zeros.
void for_each_group_distance(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> groups, std::int32_t count, KnnMetric metric,
                             int threads, const std::function<void(std::int64_t cell, std::span<const double> sums)>& visit);

}  // namespace lexicell
