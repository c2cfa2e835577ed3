#pragma once
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell {

// Log-normalised values of these genes (N x G) whatever the file holds; a file of log values is taken as it is, and said so.
CsrMatrix logged_values(const LoadedCells& cells, const std::vector<std::string>& genes, Sink& sink);

}  // namespace lexicell
