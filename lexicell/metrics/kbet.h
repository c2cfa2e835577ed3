#pragma once
// kBET: whether the batches around a cell are as frequent as everywhere (Buettner et al., Nat Methods 2019).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct KbetOptions {
    double alpha = 0.05;  // a cell is accepted when p >= alpha; larger rejects more
    int threads = 1;
};

struct Kbet {
    Score acceptance;                // share of cells with p >= alpha
    std::vector<double> statistics;  // N: sum_b (observed_b - expected_b)^2 / expected_b, expected = (k + 1) * frequency of b
    std::vector<double> p;           // N: chi-square upper tail, batches - 1 degrees of freedom
};

// Over the k neighbours and the cell itself. batches: N codes >= 0. Not available: one batch, or no neighbours.
Kbet kbet(const KnnGraph& graph, std::span<const std::int32_t> batches, const KbetOptions& options = {});

}  // namespace lexicell
