#pragma once
#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/prep/counts.h"

namespace lexicell {

// Log-normalised expression and its genes: the counts slot normalised, or the slot of log values where there are no counts.
struct LogValues {
    Matrix x;   // N x G
    Frame var;  // G rows
};

LogValues log_values(const Dataset& data, const CountsOptions& options, int threads, Sink& sink);

}  // namespace lexicell
