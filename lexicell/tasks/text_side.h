#pragma once
// What is known of genes beyond the file: names from a knowledge folder, vectors from it or from the user.

#include <filesystem>
#include <optional>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/text/gene_table.h"
#include "lexicell/text/knowledge.h"

namespace lexicell {

struct TextSide {
    std::optional<Knowledge> knowledge;
    std::vector<GeneTable> tables;  // the user's own
    const GeneCatalog* catalog() const { return knowledge ? &knowledge->catalog : nullptr; }
};

Dedup dedup_named(std::string_view name);  // error, first, mean: the values of the configuration key

TextSide read_text_side(const std::optional<std::filesystem::path>& knowledge, const std::vector<std::filesystem::path>& gene_vectors, Dedup dedup,
                        Sink& sink);

// The vectors for these cells' genes; sets cells.text_ids to the names that the vectors use. Texts of the knowledge folder
// that reach too few of the genes are left out with a word; a table that the user named must fit (fit_scilama refuses it
// otherwise).
std::vector<GeneTable> tables_for(LoadedCells& cells, const TextSide& text, Sink& sink);

}  // namespace lexicell
