#pragma once
// Cells of another file in the space of a trained model.

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/tasks/load_model.h"

namespace lexicell {

struct EmbedOptions {
    double largest_missing_share = 0.7;  // of the model's genes, where they are read by name; more is refused
    bool force = false;                  // embed all the same
};

struct EmbeddedCells {
    DenseMatrix cells;               // N x K posterior means
    bool by_text = false;            // read by the vectors of the file's own genes, which the model need not know
    std::int64_t genes_read = 0;     // of the file
    std::int64_t genes_shared = 0;   // of those, genes that the model was trained on
};

// A model with a panel-free encoder reads every gene that has a vector in `tables` (scilama.md 4.5). Otherwise genes are
// paired by name, those of another species by their orthologs; genes of the model that the file lacks are read as 0, which
// is warned of, and Error(precondition, "few-genes") when more than largest_missing_share are missing.
EmbeddedCells embed_in_model(const LoadedModel& model, const LoadedCells& data, const std::vector<GeneTable>& tables, const EmbedOptions& options, Sink& sink);

}  // namespace lexicell
