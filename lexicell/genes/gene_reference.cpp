#include "lexicell/genes/gene_reference.h"

#include <algorithm>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/io/fact_table.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view gene_header = "symbol\tname\tlocus_type\tentrez\tensembl";
constexpr std::string_view alias_header = "alias\tsymbols";
constexpr std::string_view ortholog_header = "human\tmouse";

std::span<const std::int32_t> rows_of_name(const NameIndex& index, std::string_view name) {
    const auto found = index.find(name);
    return found == index.end() ? std::span<const std::int32_t>{} : std::span<const std::int32_t>(found->second);
}

std::string joined_symbols(const std::vector<std::int32_t>& rows, const std::vector<Gene>& genes) {
    std::string text;
    for (const std::int32_t row : rows) text += (text.empty() ? "" : "|") + genes[row].symbol;
    return text;
}

void write_reference(const GeneReference& reference, const fs::path& folder) {
    std::vector<FactRow> rows;
    for (const Gene& gene : reference.genes()) rows.push_back({gene.symbol, gene.name, gene.locus_type, gene.entrez, gene.ensembl});
    write_fact_table(folder / fmt::format("genes_{}.tsv.zst", name_of(reference.species())), rows, gene_header);

    std::vector<FactRow> aliases;
    for (const auto& [alias, targets] : reference.aliases()) aliases.push_back({alias, joined_symbols(targets, reference.genes())});
    std::sort(aliases.begin(), aliases.end());
    write_fact_table(folder / fmt::format("aliases_{}.tsv.zst", name_of(reference.species())), aliases, alias_header);
}

GeneReference read_reference(Species species, const fs::path& folder) {
    std::vector<Gene> genes;
    for (FactRow& row : read_fact_table(folder / fmt::format("genes_{}.tsv.zst", name_of(species)), 5, gene_header))
        genes.push_back({std::move(row[0]), std::move(row[1]), std::move(row[2]), std::move(row[3]), std::move(row[4])});
    std::vector<Alias> aliases;
    for (FactRow& row : read_fact_table(folder / fmt::format("aliases_{}.tsv.zst", name_of(species)), 2, alias_header))
        aliases.push_back({std::move(row[0]), split(row[1], '|')});
    return GeneReference(species, std::move(genes), aliases);
}

}  // namespace

std::string_view name_of(Species species) { return species == Species::human ? "human" : "mouse"; }

std::string upper_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

GeneReference::GeneReference(Species species, std::vector<Gene> genes, const std::vector<Alias>& aliases)
    : species_(species), genes_(std::move(genes)) {
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(genes_.size()); ++row) {
        symbol_[genes_[row].symbol].push_back(row);
        folded_[upper_case(genes_[row].symbol)].push_back(row);
        if (!genes_[row].ensembl.empty()) ensembl_[genes_[row].ensembl].push_back(row);
    }
    for (const Alias& alias : aliases) {
        if (symbol_.contains(alias.name)) continue;
        for (const std::string& target : alias.symbols)
            for (const std::int32_t row : by_symbol(target)) {
                std::vector<std::int32_t>& rows = alias_[alias.name];
                if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
            }
    }
}

std::span<const std::int32_t> GeneReference::by_symbol(std::string_view symbol) const { return rows_of_name(symbol_, symbol); }
std::span<const std::int32_t> GeneReference::by_ensembl(std::string_view id) const { return rows_of_name(ensembl_, id); }
std::span<const std::int32_t> GeneReference::by_alias(std::string_view alias) const { return rows_of_name(alias_, alias); }
std::span<const std::int32_t> GeneReference::by_folded_symbol(std::string_view upper) const { return rows_of_name(folded_, upper); }

std::vector<std::int32_t> one_to_one_orthologs(const GeneCatalog& catalog, Species from) {
    const std::size_t genes = catalog.of(from).genes().size();
    const std::size_t others = catalog.of(from == Species::human ? Species::mouse : Species::human).genes().size();
    std::vector<std::int32_t> only(genes, -1), links(genes, 0), other_links(others, 0);
    const auto sides = [&](const auto& pair) {
        return from == Species::human ? std::pair(pair.first, pair.second) : std::pair(pair.second, pair.first);
    };
    for (const auto& pair : catalog.orthologs) {
        const auto [here, there] = sides(pair);
        ++links[here];
        ++other_links[there];
    }
    for (const auto& pair : catalog.orthologs) {
        const auto [here, there] = sides(pair);
        if (links[here] == 1 && other_links[there] == 1) only[here] = there;
    }
    return only;
}

void write_gene_catalog(const GeneCatalog& catalog, const fs::path& folder) {
    write_reference(catalog.human, folder);
    write_reference(catalog.mouse, folder);
    std::vector<FactRow> pairs;
    for (const auto& [human, mouse] : catalog.orthologs)
        pairs.push_back({catalog.human.genes()[human].symbol, catalog.mouse.genes()[mouse].symbol});
    write_fact_table(folder / "orthologs.tsv.zst", pairs, ortholog_header);
}

GeneCatalog read_gene_catalog(const fs::path& folder) {
    GeneCatalog catalog{.human = read_reference(Species::human, folder), .mouse = read_reference(Species::mouse, folder)};
    for (const FactRow& row : read_fact_table(folder / "orthologs.tsv.zst", 2, ortholog_header))
        for (const std::int32_t human : catalog.human.by_symbol(row[0]))
            for (const std::int32_t mouse : catalog.mouse.by_symbol(row[1])) catalog.orthologs.emplace_back(human, mouse);
    return catalog;
}

}  // namespace lexicell
