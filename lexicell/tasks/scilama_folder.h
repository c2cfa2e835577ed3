#pragma once
// A trained sciLaMA on disk: everything that is needed to embed cells and genes later, from the folder alone.

#include <filesystem>
#include <string>
#include <vector>

#include "lexicell/tasks/fit_scilama.h"
#include "lexicell/tasks/run_options.h"
#include "lexicell/train/model_folder.h"

namespace lexicell {

ModelCard model_card_of(const LoadedCells& cells, const ScilamaModel& model, const RunOptions& options);
ModelFolder to_folder(const ScilamaModel& model, const ModelCard& card);
// Error(model) when the folder holds another kind of model or does not fit together.
ScilamaModel read_scilama(const std::filesystem::path& folder);

}  // namespace lexicell
