#pragma once
// Gene sets: GMT files and plain lists (knowledge/README.md 3).

#include <filesystem>
#include <string>
#include <vector>

#include "lexicell/genes/gene_reference.h"

namespace lexicell {

struct GeneSet {
    std::string name;
    std::string description;         // the second GMT field: an id (Reactome) or an address (MSigDB), never a gene
    std::vector<std::string> genes;  // as written, each once, in file order
};

struct GeneSetFile {
    std::vector<GeneSet> sets;       // in file order; sets of one name are united
    std::int64_t repeated = 0;       // memberships that stood twice
};

// Tab-separated name, description, members. Carriage returns are cut. Error(unreadable) on a line with fewer than two fields.
GeneSetFile read_gmt(const std::filesystem::path& path);

// One gene a line; blank lines and lines beginning with # are skipped, repeats dropped.
std::vector<std::string> read_gene_list(const std::filesystem::path& path);

struct ResolvedSets {
    std::vector<GeneSet> sets;             // approved symbols, each once
    std::vector<std::string> unresolved;   // distinct names that are no gene of the reference, or ambiguous; sorted
};

// Members as approved symbols: exact symbol, Ensembl id, unique alias.
ResolvedSets resolve_gene_sets(const std::vector<GeneSet>& sets, const GeneReference& reference);

}  // namespace lexicell
