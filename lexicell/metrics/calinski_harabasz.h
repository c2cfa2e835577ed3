#pragma once
#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Calinski & Harabasz 1974: (between / (L - 1)) / (within / (N - L)) of the sums of squares around class means and
// overall mean; higher is better. 1 when nothing varies within classes, as in scikit-learn. Codes below 0 are missing.
// Errors: those of class_centroids.
double calinski_harabasz(const DenseMatrix& points /* N x K */, std::span<const std::int32_t> labels);

}  // namespace lexicell
