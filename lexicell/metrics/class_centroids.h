#pragma once
// Centroids and sizes of labelled classes: what the dispersion scores share.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Classes without cells are dropped; codes below 0 are missing.
struct ClassCentroids {
    std::int64_t cells = 0;                   // labelled ones
    std::vector<std::int32_t> position;       // N: row of the centroid, or -1
    std::vector<std::int64_t> sizes;          // L
    std::vector<std::vector<double>> means;   // L x K
    std::vector<double> overall_mean;         // K
};

// Error precondition unless 2 <= L < labelled cells and all coordinates are finite.
ClassCentroids class_centroids(const DenseMatrix& points /* N x K */, std::span<const std::int32_t> labels);

}  // namespace lexicell
