#pragma once
#include <filesystem>

#include "lexicell/io/read.h"

namespace lexicell {

// A 10x matrix folder (CellRanger 2 and 3, STARsolo; formats.md 5.2), or a MatrixMarket file: with barcodes.tsv and
// features.tsv or genes.tsv beside it (same prefix, plain or .gz), they name the axes; without, genes x cells get
// numbers for names and the warning "names-missing". Other warnings: matrix-transposed, duplicate-entries and those of
// dataset_warnings.h.
Dataset read_10x_mtx(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());

// Whether `path` is a folder with a matrix that read_10x_mtx() would take.
bool is_10x_mtx_folder(const std::filesystem::path& path);

}  // namespace lexicell
