#pragma once
#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Davies & Bouldin 1979: mean over classes of the largest (s_a + s_b) / d_ab, s the mean distance to the centroid, d the
// distance of centroids. Lower is better, >= 0; coinciding centroids count as infinitely far apart, as in scikit-learn.
// Codes below 0 are missing. Errors: those of class_centroids.
double davies_bouldin(const DenseMatrix& points /* N x K */, std::span<const std::int32_t> labels);

}  // namespace lexicell
