#pragma once
#include <string>
#include <vector>

#include "lexicell/genes/gene_reference.h"
#include "lexicell/text/knowledge_sources.h"

namespace lexicell {

// The documents that word vectors learn from: gene names, summaries, families, cell types, tissues, diseases, traits, GO
// (knowledge/README.md 7.1). The order depends on the sources only.
std::vector<std::string> word_corpus(SourceReader& sources, const GeneCatalog& catalog);

}  // namespace lexicell
