#pragma once
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell {

// The cells of several files as one data set: X holds the values of the genes that all of them measured, obs the columns
// that all of them have and "file", the name each came from. A cell name that occurs twice gets its file's name as a suffix.
// Error(precondition): values of different scales, or fewer than 50 genes in common.
LoadedCells join_cells(const std::vector<LoadedCells>& files, const std::vector<std::string>& names, const LoadOptions& options, Sink& sink);

}  // namespace lexicell
