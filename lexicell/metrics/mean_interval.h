#pragma once
// What a handful of repetitions says of a mean.

#include <span>

#include "lexicell/metrics/score.h"

namespace lexicell {

struct MeanInterval {
    Score mean;        // not available without values
    Score half_width;  // of the 95 % interval: t(.975, n - 1) s / sqrt(n); not available with fewer than two values
    int values = 0;
};

MeanInterval mean_interval(std::span<const double> values);

}  // namespace lexicell
