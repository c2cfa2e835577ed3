#include "lexicell/text/source_catalog.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "lexicell/genes/gene_name.h"

namespace lexicell {

namespace {

using AliasTargets = std::map<std::string, std::set<std::string>>;

std::vector<Alias> as_aliases(const AliasTargets& targets) {
    std::vector<Alias> aliases;
    for (const auto& [alias, symbols] : targets) aliases.push_back({alias, {symbols.begin(), symbols.end()}});
    return aliases;
}

// The older table decides where it knows a name, so that what it calls ambiguous stays refused.
AliasTargets aliases_of(const std::vector<Gene>& genes, const std::vector<FactRow>& ncbi, const OrgDb& orgdb) {
    std::set<std::string> approved;
    std::unordered_map<std::string, std::string> symbol_of_entrez;
    for (const Gene& gene : genes) {
        approved.insert(gene.symbol);
        if (!gene.entrez.empty()) symbol_of_entrez.emplace(gene.entrez, gene.symbol);
    }
    AliasTargets older, newer;
    std::set<std::string> renamed;  // aliases that also name a gene whose symbol is no longer approved
    for (const FactRow& row : ncbi)
        for (const std::string& alias : split(row[1], '|'))
            if (approved.contains(row[0])) older[alias].insert(row[0]);
            else renamed.insert(alias);
    // One living target and a renamed one: which gene is meant cannot be told.
    std::erase_if(older, [&](const auto& entry) { return entry.second.size() == 1 && renamed.contains(entry.first); });
    for (const OrgGene& gene : orgdb.genes) {
        const auto known = symbol_of_entrez.find(gene.entrez);
        if (known == symbol_of_entrez.end()) continue;
        for (const std::string& alias : gene.aliases)
            if (!older.contains(alias)) newer[alias].insert(known->second);
        if (!older.contains(gene.symbol)) newer[gene.symbol].insert(known->second);
    }
    older.merge(newer);
    return older;
}

GeneCatalog catalog_from_tables(SourceReader& sources) {
    std::vector<Gene> genes;
    for (FactRow& row : sources.table("genes", 9)) genes.push_back({row[0], row[1], row[2], row[3], row[4]});
    const AliasTargets aliases = aliases_of(genes, sources.table("aliases_ncbi2018", 2), sources.orgdb());
    GeneCatalog catalog{.human = GeneReference(Species::human, std::move(genes), as_aliases(aliases))};

    const std::vector<FactRow> pairs = sources.table("orthologs", 2);
    std::set<std::string> mouse_symbols;
    for (const FactRow& row : pairs) mouse_symbols.insert(row[1]);
    for (const FactRow& row : sources.table("summaries_mouse", 2)) mouse_symbols.insert(row[0]);
    std::vector<Gene> mouse;
    for (const std::string& symbol : mouse_symbols) mouse.push_back({.symbol = symbol});
    catalog.mouse = GeneReference(Species::mouse, std::move(mouse), {});
    // The pairs name human genes as of another release: resolved like any name.
    for (const FactRow& row : pairs)
        if (const std::int32_t human = match_gene(row[0], catalog.human).gene; human >= 0)
            catalog.orthologs.emplace_back(human, catalog.mouse.by_symbol(row[1]).front());
    std::ranges::sort(catalog.orthologs);
    catalog.orthologs.erase(std::ranges::unique(catalog.orthologs).begin(), catalog.orthologs.end());
    return catalog;
}

GeneCatalog catalog_from_orgdb(const OrgDb& orgdb) {
    std::vector<Gene> genes;
    AliasTargets aliases;
    for (const OrgGene& gene : orgdb.genes) {
        genes.push_back({gene.symbol, gene.name, gene.type == "protein-coding" ? "protein_coding" : gene.type, gene.entrez, gene.ensembl});
        for (const std::string& alias : gene.aliases) aliases[alias].insert(gene.symbol);
    }
    return {.human = GeneReference(Species::human, std::move(genes), as_aliases(aliases)),
            .mouse = GeneReference(Species::mouse, {}, {})};
}

}  // namespace

GeneCatalog source_catalog(SourceReader& sources) {
    return sources.has_tables() ? catalog_from_tables(sources) : catalog_from_orgdb(sources.orgdb());
}

}  // namespace lexicell
