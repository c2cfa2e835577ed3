#pragma once
#include <filesystem>

#include "lexicell/io/read.h"

namespace lexicell {

// Reads AnnData files of every layout since 0.5 (formats.md 2), guarded. Elements that are not understood and not
// needed are left in the file with the warning "element-skipped" and listed in origin->opaque. Other warnings:
// duplicate-cells, duplicate-genes, empty-cells, nan-values, infinite-values, duplicate-entries, column-not-listed,
// raw-genes-differ, text-not-utf8, values-rounded, values-beyond-float32.
Dataset read_h5ad(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());

// The same from an open file, inside a guard, without the warnings that look at values.
Dataset parse_h5ad(const Hdf5File& file);

}  // namespace lexicell
