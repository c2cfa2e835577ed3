#pragma once
#include <filesystem>

#include "lexicell/io/read.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

// A csv or tsv table of numbers (packed or not) with names on both axes (formats.md 5.6). The header has a name for each
// column of numbers and may have one, possibly empty, for the column of row names; a table without row names numbers its
// rows, which are then cells (warning "names-missing").
//
// Orientation: options.genes_as_rows; else what the names say, told as an info: barcodes, "cell<number>" and plain numbers
// are cells, Ensembl identifiers are genes. Where both axes could be genes, Error(precondition) asks for it. Empty fields
// and NA are NaN.
Dataset read_text_matrix(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());
Dataset read_text_matrix(TextSource source, const ReadOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
