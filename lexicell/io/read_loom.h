#pragma once
#include <filesystem>

#include "lexicell/io/hdf5_file.h"
#include "lexicell/io/read.h"

namespace lexicell {

// Reads loom files of all three generations (before 2.0, 2.0, 3.0), guarded (formats.md 5.3). The stored genes x cells
// become cells x genes; attributes of one dimension become columns of obs and var, of two dimensions obsm and varm, graphs
// obsp and varp. Cells are named by CellID (or the like), genes by Gene; an axis without names is numbered with the
// warning "names-missing". Attributes of other kinds are skipped with the warning "element-skipped".
Dataset read_loom(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());

// The same from an open file, inside a guard, without the warnings that look at values.
Dataset parse_loom(const Hdf5File& file);

// Whether the root has the layout of loom.
bool is_loom(const Hdf5Group& root);

// "&#252;" and the five named entities of XML as characters: how loom 2.0 stores what is not ASCII.
std::string decode_xml_entities(std::string_view text);

}  // namespace lexicell
