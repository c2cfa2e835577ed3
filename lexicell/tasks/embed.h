#pragma once
// Cells of another file in the space of a trained model.

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/fit_scilama.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell {

struct EmbedOptions {
    double largest_missing_share = 0.7;  // of the model's genes; more is refused
    bool force = false;                  // embed all the same
    int threads = 1;
};

struct EmbeddedCells {
    DenseMatrix cells;               // N x K posterior means
    std::int64_t genes_found = 0;    // of the model's genes
};

// Genes are paired by name; those of the model that the file lacks are read as 0, which is warned of. Error(precondition,
// "few-genes") when more than largest_missing_share are missing.
EmbeddedCells embed_file(ScilamaModel& model, const LoadedCells& data, const EmbedOptions& options, Sink& sink);

}  // namespace lexicell
