#pragma once
// Log-normalised expression, whatever a file holds: counts are normalised, log values taken as they are.

#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/prep/counts.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell {

struct LogValues {
    Matrix x;   // N x G
    Frame var;  // G rows
};

// Of the counts slot and its genes, or of the slot of log values where there are no counts.
LogValues log_values(const Dataset& data, const CountsOptions& options, int threads, Sink& sink);

// N x G of the named genes of loaded cells; log values in the file are mentioned.
CsrMatrix log_values(const LoadedCells& cells, const std::vector<std::string>& genes, Sink& sink);

}  // namespace lexicell
