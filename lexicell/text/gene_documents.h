#pragma once
// What is written about each gene (knowledge/README.md 7.1).

#include <string>
#include <string_view>
#include <vector>

#include "lexicell/genes/gene_reference.h"
#include "lexicell/text/knowledge_sources.h"

namespace lexicell {

// The best prose a gene has: its own summary, GO terms, the texts of its orthologs, or only names and families.
enum class GeneTextSource { summary, go, ortholog, names };
std::string_view name_of(GeneTextSource source);

struct GeneDocument {
    std::string symbol;
    std::string prose;  // approved name, families, summary; GO terms where asked for
    std::string names;  // symbol and aliases (name_text)
    GeneTextSource source = GeneTextSource::names;
};

struct GeneDocuments {
    std::vector<GeneDocument> human;  // protein-coding genes, in catalogue order
    std::vector<GeneDocument> mouse;  // genes with a human protein-coding ortholog or a summary of their own
};

// `go_text` adds the terms and definitions a gene is annotated with; then never score on GO, GGI or STRING.
GeneDocuments gene_documents(SourceReader& sources, const GeneCatalog& catalog, bool go_text);

// Parts as sentences in one line; empty ones are left out.
std::string join_sentences(std::initializer_list<std::string_view> parts);

}  // namespace lexicell
