#pragma once
#include <filesystem>

#include "lexicell/io/read.h"

namespace lexicell {

// A Visium folder of SpaceRanger (formats.md 5.6): filtered_feature_bc_matrix.h5 (or the raw one), and beside it or in
// spatial/ the positions of all spots (tissue_positions.csv, or tissue_positions_list.csv without a header) and
// scalefactors_json.json. Positions are joined by barcode: obs gets in_tissue, array_row and array_col, obsm "spatial"
// x and y in pixels of the full image, uns "spatial" the scale factors. Error(unreadable) when a spot has no position.
Dataset read_visium(const std::filesystem::path& folder, const ReadOptions& options = {}, Sink& sink = silence());

bool is_visium_folder(const std::filesystem::path& folder);

}  // namespace lexicell
