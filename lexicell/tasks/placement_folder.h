#pragma once
// A placement by principal components or Harmony as a model folder: later cells are mapped onto it, and it stays as it is.

#include <filesystem>
#include <memory>

#include "lexicell/tasks/load_model.h"
#include "lexicell/tasks/place_cells.h"
#include "lexicell/train/model_folder.h"

namespace lexicell {

// Absent for a method that later cells cannot be mapped by (mutual nearest neighbours).
std::optional<ModelFolder> to_folder(const PlacedCells& placed, const LoadedCells& cells, const std::string& batch, const ModelCard& card);

// Error(model) when the folder is damaged.
LoadedModel read_placement(const ModelFolder& folder, const std::filesystem::path& path);

}  // namespace lexicell
