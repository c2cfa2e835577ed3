#pragma once
#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct SbeeOptions {
    int neighbours = 90;  // of a cell among the cells of its label, the cell included; cut to the label
    int threads = 1;
};

// Per cell the harmonic mean of J = 1 - Jensen-Shannon distance (base 2) between the batches among its neighbours and those
// of the whole label, and R = exp(-|1 - min(1, m_own / m_other)| / 0.15), m the median distances to neighbours of its own
// and of other batches; mean over (label, batch), then labels, then all (scib-metrics; metrics.md 3). An undefined ratio
// gives 0. The neighbours are searched within the label. Not available: no label of two batches.
Score sbee(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
           const SbeeOptions& options = {});

}  // namespace lexicell
