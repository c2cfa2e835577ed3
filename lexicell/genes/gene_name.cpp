#include "lexicell/genes/gene_name.h"

#include <algorithm>
#include <array>

namespace lexicell {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

bool is_month(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                                "jul", "aug", "sep", "oct", "nov", "dec"};
    return std::find(months.begin(), months.end(), lower_case(text)) != months.end();
}

GeneMatch only(std::span<const std::int32_t> rows, GeneStep step) {
    if (rows.size() == 1) return {step, rows[0]};
    return {rows.empty() ? GeneStep::unmatched : GeneStep::ambiguous, -1};
}

}  // namespace

std::string_view name_of(GeneStep step) {
    static constexpr std::array<std::string_view, gene_steps> names = {
        "exact-id",  "id-without-version", "exact-symbol", "alias",         "folded-symbol",
        "ambiguous", "date-like",          "not-a-gene",   "other-species", "unmatched"};
    return names[static_cast<std::size_t>(step)];
}

std::optional<EnsemblId> parse_ensembl(std::string_view name) {
    if (!name.starts_with("ENS")) return std::nullopt;
    std::size_t g = 3;
    while (g < name.size() && is_upper(name[g])) ++g;
    if (g == 3 || name[g - 1] != 'G' || name.size() < g + 11 || !all_digits(name.substr(g, 11))) return std::nullopt;
    const std::string_view rest = name.substr(g + 11);
    const bool versioned = rest.size() > 1 && rest[0] == '.' && all_digits(rest.substr(1));
    if (!rest.empty() && !versioned) return std::nullopt;
    const std::string_view prefix = name.substr(0, g);
    EnsemblId id{.id = name.substr(0, g + 11), .versioned = versioned};
    if (prefix == "ENSG") id.species = Species::human;
    if (prefix == "ENSMUSG") id.species = Species::mouse;
    return id;
}

std::optional<GenomePrefix> parse_genome_prefix(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, Species>, 5> genomes = {{{"hg", Species::human},
                                                                                     {"GRCh", Species::human},
                                                                                     {"mm", Species::mouse},
                                                                                     {"GRCm", Species::mouse},
                                                                                     {"b37", Species::human}}};
    for (const auto& [genome, species] : genomes) {
        if (!name.starts_with(genome)) continue;
        std::size_t end = genome.size();
        while (end < name.size() && is_digit(name[end])) ++end;
        if (end == genome.size() && genome != "b37") continue;
        const std::size_t digits_end = end;
        while (end < name.size() && name[end] == '_') ++end;
        if (end > digits_end && end < name.size()) return GenomePrefix{name.substr(0, end), species};
    }
    return std::nullopt;
}

bool is_spike_in(std::string_view name) {
    const std::string_view tail = name.substr(std::min<std::size_t>(name.size(), 5));
    return (name.starts_with("ERCC-") || name.starts_with("ERCC_")) ? all_digits(tail)
                                                                     : name.starts_with("SIRV") && all_digits(name.substr(4));
}

bool is_antibody_tag(std::string_view name) { return name.find("_TotalSeq") != std::string_view::npos; }

bool looks_like_date(std::string_view name) {
    const std::size_t dash = name.find('-');
    if (dash == std::string_view::npos) return false;
    const std::string_view left = name.substr(0, dash), right = name.substr(dash + 1);
    if (left.size() <= 2 && all_digits(left) && is_month(right)) return true;
    if (right.size() <= 4 && all_digits(right) && is_month(left)) return true;
    return left.size() == 4 && all_digits(left) && right.size() == 5 && right[2] == '-' && all_digits(right.substr(0, 2)) &&
           all_digits(right.substr(3));
}

GeneMatch match_gene(std::string_view name, const GeneReference& reference, bool fold_case) {
    if (const auto id = parse_ensembl(name)) {
        if (id->species && id->species != reference.species()) return {GeneStep::other_species, -1};
        return only(reference.by_ensembl(id->id), id->versioned ? GeneStep::id_without_version : GeneStep::exact_id);
    }
    if (const auto rows = reference.by_symbol(name); !rows.empty()) return only(rows, GeneStep::exact_symbol);
    if (is_spike_in(name) || is_antibody_tag(name)) return {GeneStep::not_a_gene, -1};
    if (const auto rows = reference.by_alias(name); !rows.empty()) return only(rows, GeneStep::alias);
    if (looks_like_date(name)) return {GeneStep::date_like, -1};
    if (!fold_case) return {};
    return only(reference.by_folded_symbol(upper_case(name)), GeneStep::folded_symbol);
}

std::span<const std::int32_t> candidates(std::string_view name, const GeneReference& reference) {
    if (const auto id = parse_ensembl(name)) return reference.by_ensembl(id->id);
    if (const auto rows = reference.by_symbol(name); !rows.empty()) return rows;
    if (const auto rows = reference.by_alias(name); !rows.empty()) return rows;
    return reference.by_folded_symbol(upper_case(name));
}

}  // namespace lexicell
