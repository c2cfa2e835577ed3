#pragma once
// One gene name as files write it, read without guessing (formats.md 6).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lexicell/genes/gene_reference.h"

namespace lexicell {

// How a name found its gene, or why it did not; in the order they are tried.
enum class GeneStep : std::uint8_t {
    exact_id,            // Ensembl id as written
    id_without_version,  // Ensembl id after its version was cut
    exact_symbol,
    alias,               // of exactly one gene
    folded_symbol,       // after ignoring case: mouse written in capitals, or on request
    ambiguous,           // an id or alias of several genes: dropped, never guessed
    date_like,           // spreadsheet damage such as 1-Mar: dropped
    not_a_gene,          // spike-in, antibody tag, peak
    other_species,       // by prefix or Ensembl id, in a mixed file
    unmatched,
};
inline constexpr std::size_t gene_steps = 10;
std::string_view name_of(GeneStep step);  // "exact-id", "alias", ...

struct GeneMatch {
    GeneStep step = GeneStep::unmatched;
    std::int32_t gene = -1;  // row of the reference, -1 when the step is not a match
    friend bool operator==(const GeneMatch&, const GeneMatch&) = default;
};

// Finds `name`, already without genome prefix, among the genes of `reference`. `fold_case` admits GeneStep::folded_symbol.
GeneMatch match_gene(std::string_view name, const GeneReference& reference, bool fold_case = false);
// All genes an ambiguous name may mean.
std::span<const std::int32_t> candidates(std::string_view name, const GeneReference& reference);

// An Ensembl gene id split into species prefix and version: ENSG or ENSMUSG (any ENS...G) and 11 digits.
struct EnsemblId {
    std::string_view id;             // without version
    std::optional<Species> species;  // absent: a species we hold no genes of
    bool versioned = false;
};
std::optional<EnsemblId> parse_ensembl(std::string_view name);

// A genome prefix as multi-genome references put it: "hg19_", "GRCh38_", "mm10___".
struct GenomePrefix {
    std::string_view prefix;  // with its underscores
    Species species;
};
std::optional<GenomePrefix> parse_genome_prefix(std::string_view name);

bool is_spike_in(std::string_view name);      // ERCC-00002, SIRV...
bool is_antibody_tag(std::string_view name);  // CD3_TotalSeqB
bool looks_like_date(std::string_view name);  // 1-Mar, Sep-02, 2001-03-01

}  // namespace lexicell
