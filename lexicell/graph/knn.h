#pragma once
// Exact k nearest neighbours. The same neighbours for any number of threads and any instruction set: matrix products
// in float only discard pairs that provably cannot be neighbours, the rest is ranked by distances in double.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

enum class KnnMetric {
    euclidean,
    cosine,  // 1 - cos; a row of zeros has distance 1 to every row
};

struct KnnOptions {
    int k = 15;  // neighbours of a point, itself not counted; cut to what exists
    KnnMetric metric = KnnMetric::euclidean;
    int threads = 1;
};

// Row i lists the neighbours of point i by ascending (distance, index).
struct KnnGraph {
    std::int64_t points = 0;
    int k = 0;                           // entries of every row: min(KnnOptions::k, candidates)
    std::vector<std::int32_t> indices;   // points x k
    std::vector<float> distances;        // points x k

    std::span<const std::int32_t> neighbours(std::int64_t point) const {
        return std::span(indices).subspan(static_cast<std::size_t>(point * k), static_cast<std::size_t>(k));
    }
    std::span<const float> distances_of(std::int64_t point) const {
        return std::span(distances).subspan(static_cast<std::size_t>(point * k), static_cast<std::size_t>(k));
    }
};

// Neighbours of each row among the other rows of `points` (N x K). Error precondition: a value is not finite.
KnnGraph knn(const DenseMatrix& points, const KnnOptions& options = {});

// Neighbours of each row of `queries` (Q x K) among the rows of `references` (N x K); equal rows are neighbours too.
KnnGraph knn(const DenseMatrix& queries, const DenseMatrix& references, const KnnOptions& options = {});

}  // namespace lexicell
