#pragma once
#include <optional>

#include "lexicell/models/vae/scilama_config.h"

namespace lexicell {

// What "auto" is decided from.
struct ScilamaDataFacts {
    bool counts = true;             // the data are non-negative integers
    double vector_share = 0;        // share of the model's genes that have a vector
    // Label-free quality that the panel-free encoder loses against columns on the validation cells of its own panel,
    // where it was measured (check 33).
    std::optional<double> panel_free_cost;
};

// Whether the choice of the encoder hangs on panel_free_cost: it is open, and at least 80 % of the genes have vectors.
bool wants_panel_free_cost(const ScilamaConfig& config, const ScilamaDataFacts& facts);

// Error(usage): a panel-free encoder on log values made from counts; it reads counts, or a file of log values.
// The configuration with every "auto" replaced: counts and nb where the data are counts, else log values and gaussian; the
// panel-free encoder where at least 80 % of the genes have vectors and it costs at most 0.01, else columns.
ScilamaConfig resolve_auto(ScilamaConfig config, const ScilamaDataFacts& facts);

}  // namespace lexicell
