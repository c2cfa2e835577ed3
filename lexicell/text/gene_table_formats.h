#pragma once
// The layouts in which gene vectors are passed around (scmmgpt.md 12), each read into ids and rows that are not yet checked.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct RawGeneTable {
    std::vector<std::string> ids;
    DenseMatrix vectors;
    std::string source;  // "" = the file's name
};

// `ids`: a file of ids for layouts that hold vectors only; absent: the one beside the vectors (table.ids.txt, .txt, .json).
using IdsFile = std::optional<std::filesystem::path>;

RawGeneTable read_table_safetensors(const std::filesystem::path& path, const IdsFile& ids);  // "embeddings", or one tensor an id
RawGeneTable read_table_npy(const std::filesystem::path& path, const IdsFile& ids);
RawGeneTable read_table_npz(const std::filesystem::path& path);        // "ids" and "embeddings", or one text and one 2-D array
RawGeneTable read_table_delimited(const std::filesystem::path& path);  // id and D numbers, or id and one JSON list; header or not
RawGeneTable read_table_json(const std::filesystem::path& path);       // {id: [...]} or {id: {"embeddings": [...]}}
RawGeneTable read_table_hdf5(const std::filesystem::path& path);       // /ids and /embeddings, or AnnData with the genes as obs

}  // namespace lexicell
