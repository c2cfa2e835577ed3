#pragma once
// Leiden over a range of resolutions, scored against labels: what the field reports, an oracle that knows the labels.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

// first, first + step, ..., up to last (inclusive within rounding).
std::vector<double> resolution_range(double first, double last, double step);

struct ResolutionSweepOptions {
    std::vector<double> resolutions = resolution_range(0.1, 2.0, 0.1);
    int restarts = 1;        // of every clustering
    std::uint64_t seed = 0;
    int threads = 1;         // over resolutions
};

struct ResolutionSweepRow {
    double resolution = 0;
    std::int32_t clusters = 0;
    double nmi = 0, ari = 0;
    std::vector<std::int32_t> membership;  // N
};

struct ResolutionSweepResult {
    std::vector<ResolutionSweepRow> rows;  // in the order of the resolutions
    std::size_t best = 0;                  // row of the largest NMI, the first of equals (scib's convention)
};

// `adjacency` is symmetric N x N. Labels below 0 are missing: such cells are clustered, not scored.
ResolutionSweepResult resolution_sweep(const CsrMatrix& adjacency, std::span<const std::int32_t> labels,
                                       const ResolutionSweepOptions& options = {});

}  // namespace lexicell
