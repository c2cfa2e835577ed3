#pragma once
#include <cstdint>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct KmeansOptions {
    std::int32_t clusters = 8;
    int iterations = 300;      // at most
    double tolerance = 1e-4;   // stop when the centres move by less: sum of squared moves <= tolerance * mean variance of a column
    std::uint64_t seed = 0;
    int threads = 1;
};

struct Kmeans {
    std::vector<std::int32_t> membership;  // N codes
    DenseMatrix centres;                   // clusters x D
    double inertia = 0;                    // sum of squared distances to the own centre
    int iterations = 0;
};

// Lloyd's algorithm from one k-means++ start (Arthur & Vassilvitskii 2007) with 2 + floor(ln k) trials a centre, as
// scikit-learn and scib-metrics draw it; the random numbers are our own. Cells are visited in the order of their
// coordinates, so that permuted cells give the same clusters. An empty cluster takes the cell farthest from its centre.
// Clusters beyond the number of cells stay empty. Error precondition: coordinates that are not finite.
Kmeans kmeans(const DenseMatrix& points /* N x D */, const KmeansOptions& options = {});

}  // namespace lexicell
