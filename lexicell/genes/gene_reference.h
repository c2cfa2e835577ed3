#pragma once
// What the genes of a species are: approved symbols, names, identifiers, aliases; and which genes of two species correspond.
// Rules of resolving: knowledge/README.md 6.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lexicell {

enum class Species { human, mouse };
std::string_view name_of(Species species);  // "human", "mouse"

struct Gene {
    std::string symbol;      // approved, unique within the species
    std::string name;        // approved name, "" when unknown
    std::string locus_type;  // "protein_coding", "lncRNA", ...; "" when unknown
    std::string entrez;
    std::string ensembl;     // without version; "" when unknown
};

// One earlier or other name of genes. With several targets it is ambiguous and never resolved.
struct Alias {
    std::string name;
    std::vector<std::string> symbols;
};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using NameIndex = std::unordered_map<std::string, std::vector<std::int32_t>, StringHash, std::equal_to<>>;

// The genes of one species and the four ways to find them. Every finder returns rows of genes(): none, one, or, when the
// name is ambiguous, several.
class GeneReference {
public:
    GeneReference() = default;
    // Aliases whose targets are all unknown are left out, as is an alias that is itself an approved symbol.
    GeneReference(Species species, std::vector<Gene> genes, const std::vector<Alias>& aliases);

    Species species() const { return species_; }
    const std::vector<Gene>& genes() const { return genes_; }  // G rows

    std::span<const std::int32_t> by_symbol(std::string_view symbol) const;   // case kept
    std::span<const std::int32_t> by_ensembl(std::string_view id) const;      // without version
    std::span<const std::int32_t> by_alias(std::string_view alias) const;     // case kept
    std::span<const std::int32_t> by_folded_symbol(std::string_view upper_case) const;
    const NameIndex& aliases() const { return alias_; }

private:
    Species species_ = Species::human;
    std::vector<Gene> genes_;
    NameIndex symbol_, ensembl_, alias_, folded_;
};

// Everything that is known about genes, both species.
struct GeneCatalog {
    GeneReference human, mouse;
    std::vector<std::pair<std::int32_t, std::int32_t>> orthologs;  // rows of human, rows of mouse; many to many

    const GeneReference& of(Species species) const { return species == Species::human ? human : mouse; }
};

// For each gene of `from` its only counterpart in the other species, -1 when it has none or several, or when the counterpart
// has several: the pairs that expression may be carried over.
std::vector<std::int32_t> one_to_one_orthologs(const GeneCatalog& catalog, Species from);

// The catalogue files of a knowledge folder: genes_<species>.tsv.zst, aliases_<species>.tsv.zst, orthologs.tsv.zst.
void write_gene_catalog(const GeneCatalog& catalog, const std::filesystem::path& folder);
GeneCatalog read_gene_catalog(const std::filesystem::path& folder);  // Error(unreadable)

std::string upper_case(std::string_view text);  // ASCII
std::string lower_case(std::string_view text);

}  // namespace lexicell
