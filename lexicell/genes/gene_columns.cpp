#include "lexicell/genes/gene_columns.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace lexicell {

namespace {

constexpr std::array<std::string_view, 6> annotations = {"feature_types", "feature_type",      "genome",
                                                         "feature_class", "feature_reference", "chromosome"};

// Prefixes are cut only when this many names (or all of a small panel) share one: "hg" alone proves nothing.
constexpr std::size_t prefix_block = 5;

void strip_prefixes(NameColumn& column) {
    std::unordered_map<std::string, std::size_t> blocks;
    for (const std::string& name : column.names)
        if (const auto prefix = parse_genome_prefix(name)) ++blocks[std::string(prefix->prefix)];
    for (std::size_t i = 0; i < column.names.size(); ++i) {
        const auto prefix = parse_genome_prefix(column.names[i]);
        if (!prefix || blocks[std::string(prefix->prefix)] < std::min(prefix_block, column.names.size())) continue;
        column.prefix_species.resize(column.names.size());
        column.prefix_species[i] = prefix->species;
        column.names[i].erase(0, prefix->prefix.size());
    }
}

NameColumn make_column(std::string name, std::vector<std::string> values) {
    NameColumn column{.column = std::move(name), .names = std::move(values)};
    const std::unordered_set<std::string_view> distinct(column.names.begin(), column.names.end());
    if (column.names.size() > 1 && distinct.size() == 1)
        column.rejected = fmt::format("every value is '{}'", column.names.front());
    strip_prefixes(column);
    return column;
}

// What the names of one column say about the species.
struct Evidence {
    std::size_t ensembl[2] = {}, prefix[2] = {}, symbols[2] = {};
    std::size_t mouse_in_capitals = 0, only_human = 0, only_mouse = 0;
};

Evidence evidence_of(const NameColumn& column, const GeneCatalog& catalog) {
    Evidence e;
    for (std::size_t i = 0; i < column.names.size(); ++i) {
        const std::string& name = column.names[i];
        if (!column.prefix_species.empty() && column.prefix_species[i]) ++e.prefix[static_cast<int>(*column.prefix_species[i])];
        if (const auto id = parse_ensembl(name)) {
            if (id->species) ++e.ensembl[static_cast<int>(*id->species)];
            continue;
        }
        const bool human = !catalog.human.by_symbol(name).empty();
        const bool capitals = name == upper_case(name) && !catalog.mouse.by_folded_symbol(name).empty();
        e.symbols[0] += human;
        e.symbols[1] += !catalog.mouse.by_symbol(name).empty();
        e.mouse_in_capitals += capitals;
        e.only_human += human && !capitals;
        e.only_mouse += capitals && !human;
    }
    return e;
}

}  // namespace

std::vector<NameColumn> name_columns(const Frame& var) {
    std::vector<NameColumn> columns = {make_column("index", var.index)};
    for (const auto& [name, column] : var.columns) {
        const bool text = std::holds_alternative<std::vector<std::string>>(column.values) ||
                          (std::holds_alternative<Categorical>(column.values) &&
                           std::get<Categorical>(column.values).kind == Categorical::Kind::text);
        if (!text || std::find(annotations.begin(), annotations.end(), name) != annotations.end()) continue;
        std::vector<std::string> values(static_cast<std::size_t>(column.size()));
        for (std::int64_t row = 0; row < column.size(); ++row) values[row] = column.text(row);
        columns.push_back(make_column(name, std::move(values)));
    }
    return columns;
}

SpeciesVerdict infer_species(const std::vector<NameColumn>& columns, const GeneCatalog& catalog) {
    static constexpr Species both[] = {Species::human, Species::mouse};
    Evidence best;
    for (const NameColumn& column : columns) {
        if (!column.rejected.empty()) continue;
        const Evidence e = evidence_of(column, catalog);
        for (const Species species : both) {
            const int s = static_cast<int>(species);
            if (e.prefix[s] * 2 > column.names.size())
                return {species, false, fmt::format("{} names of '{}' carry a {} genome prefix", e.prefix[s], column.column, name_of(species))};
            if (e.ensembl[s] * 2 > column.names.size())
                return {species, false, fmt::format("{} values of '{}' are {} Ensembl ids", e.ensembl[s], column.column, name_of(species))};
        }
        if (std::max(e.symbols[0], e.symbols[1]) > std::max(best.symbols[0], best.symbols[1])) best = e;
    }
    // Mouse in capitals matches most human symbols too; what tells is which species the unshared ones belong to.
    if (best.symbols[0] >= best.symbols[1] && best.mouse_in_capitals > best.symbols[0] && best.only_mouse > best.only_human)
        return {Species::mouse, true,
                fmt::format("{} names are mouse symbols in capitals, {} of them no human symbol, against {} that are only human",
                            best.mouse_in_capitals, best.only_mouse, best.only_human)};
    if (best.symbols[0] == 0 && best.symbols[1] == 0) return {Species::human, false, "assumed: no name tells"};
    const Species species = best.symbols[1] > best.symbols[0] ? Species::mouse : Species::human;
    return {species, false, fmt::format("{} exact human and {} exact mouse symbols", best.symbols[0], best.symbols[1])};
}

std::optional<SpeciesVerdict> species_by_style(const std::vector<std::string>& names) {
    static constexpr Species both[] = {Species::human, Species::mouse};
    std::size_t by_id[2] = {}, by_style[2] = {};
    for (const std::string& name : names) {
        std::optional<Species> certain;
        if (const auto prefix = parse_genome_prefix(name)) certain = prefix->species;
        else if (const auto id = parse_ensembl(name)) certain = id->species;
        if (certain) {
            ++by_id[static_cast<int>(*certain)];
            continue;
        }
        if (name.size() < 3 || name[0] < 'A' || name[0] > 'Z') continue;
        const auto rest = std::string_view(name).substr(1);
        const auto lower = std::ranges::count_if(rest, [](char c) { return c >= 'a' && c <= 'z'; });
        const auto upper = std::ranges::count_if(rest, [](char c) { return c >= 'A' && c <= 'Z'; });
        if (lower > 0 && upper == 0) ++by_style[static_cast<int>(Species::mouse)];
        if (upper > 0 && lower == 0) ++by_style[static_cast<int>(Species::human)];
    }
    for (const Species species : both) {
        const std::size_t ids = by_id[static_cast<int>(species)], alike = by_style[static_cast<int>(species)];
        if (ids * 2 > names.size()) return SpeciesVerdict{species, false, fmt::format("{} names are {} Ensembl ids or carry its genome prefix", ids, name_of(species))};
        if (alike * 2 > names.size()) return SpeciesVerdict{species, false, fmt::format("{} names are written as {} symbols are", alike, name_of(species))};
    }
    return std::nullopt;
}

}  // namespace lexicell
