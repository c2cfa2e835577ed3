#include "lexicell/tasks/text_side.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace lexicell {

Dedup dedup_named(std::string_view name) {
    if (name == "first") return Dedup::first;
    return name == "mean" ? Dedup::mean : Dedup::refuse;
}

TextSide read_text_side(const std::optional<std::filesystem::path>& knowledge, const std::vector<std::filesystem::path>& gene_vectors, Dedup dedup,
                        Sink& sink) {
    TextSide text;
    if (knowledge) {
        text.knowledge = load_knowledge(*knowledge);
        sink.info("knowledge: " + text.knowledge->human.source);
    }
    for (const std::filesystem::path& file : gene_vectors) text.tables.push_back(read_gene_table(file, {.dedup = dedup}));
    if (text.tables.empty() && !text.knowledge)
        sink.info("no gene texts: the cells alone are modelled; `lexicell knowledge build` makes the texts offline, --knowledge uses them");
    return text;
}

std::vector<GeneTable> tables_for(LoadedCells& cells, const TextSide& text, Sink& sink) {
    if (!text.knowledge) return text.tables;
    const Species species = cells.reconciliation->species;
    const bool own_texts = !text.knowledge->table(species).ids.empty();
    if (!text.tables.empty()) {
        if (species_of(text.tables.front(), text.knowledge->catalog) == species) cells.text_ids = cells.genes;
        return text.tables;
    }
    const GeneTable& table = own_texts ? text.knowledge->table(species) : text.knowledge->human;
    if (own_texts) cells.text_ids = cells.genes;
    const std::set<std::string_view> known(table.ids.begin(), table.ids.end());
    const auto found = std::ranges::count_if(cells.text_ids, [&](const std::string& id) { return known.contains(id); });
    if (4 * found < static_cast<std::int64_t>(cells.text_ids.size()) || found < 50) {
        sink.info(fmt::format("only {} of {} genes have a text: the cells alone are modelled", found, cells.text_ids.size()));
        return {};
    }
    return {table};
}

}  // namespace lexicell
