#include "lexicell/text/gene_documents.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lexicell/text/tokens.h"

namespace lexicell {

namespace {

using TextOf = std::unordered_map<std::string, std::string>;

// A mouse gene with more human counterparts than this takes the texts of the first ones only.
constexpr std::size_t most_counterparts = 8;

void append(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text += ' ';
    text += more;
}

TextOf read_texts(SourceReader& sources, std::string_view table) {
    TextOf texts;
    if (sources.has_tables())
        for (FactRow& row : sources.table(table, 2)) texts.emplace(std::move(row[0]), std::move(row[1]));
    return texts;
}

// Names and definitions of the families of every gene that has any.
TextOf family_texts(SourceReader& sources) {
    TextOf texts;
    if (!sources.has_tables()) return texts;
    TextOf family;
    for (const FactRow& row : sources.table("gene_groups", 3)) family.emplace(row[0], join_sentences({row[1], row[2]}));
    for (const FactRow& row : sources.table("genes", 9))
        for (const std::string& id : split(row[6], '|'))
            if (const auto found = family.find(id); found != family.end()) append(texts[row[0]], found->second);
    return texts;
}

TextOf go_texts(const SourceReader& sources) {
    TextOf term, texts;
    for (const GoTerm& t : sources.go().terms) term.emplace(t.id, join_sentences({t.name, t.definition}));
    for (const OrgGene& gene : sources.orgdb().genes)
        for (const std::string& id : gene.go_ids)
            if (const auto found = term.find(id); found != term.end()) append(texts[gene.entrez], found->second);
    return texts;
}

std::string_view text_of(const TextOf& texts, const std::string& key) {
    const auto found = texts.find(key);
    return found == texts.end() ? std::string_view{} : std::string_view(found->second);
}

// Symbol first, then aliases in byte order.
std::vector<std::vector<std::string>> names_of(const GeneReference& reference) {
    std::vector<std::vector<std::string>> names(reference.genes().size());
    for (const auto& [alias, rows] : reference.aliases())
        for (const std::int32_t row : rows) names[row].push_back(alias);
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::sort(names[i].begin(), names[i].end());
        names[i].insert(names[i].begin(), reference.genes()[i].symbol);
    }
    return names;
}

}  // namespace

std::string_view name_of(GeneTextSource source) {
    static constexpr std::array<std::string_view, 4> names = {"summary", "go", "ortholog", "names"};
    return names[static_cast<std::size_t>(source)];
}

std::string join_sentences(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
        append(out, part);
        if (!part.empty() && out.back() != '.') out += '.';
    }
    return out;
}

GeneDocuments gene_documents(SourceReader& sources, const GeneCatalog& catalog, bool go_text) {
    GeneDocuments out;
    const TextOf summaries = read_texts(sources, "summaries_human"), families = family_texts(sources);
    const TextOf go = go_text ? go_texts(sources) : TextOf{};
    const std::vector<std::vector<std::string>> names = names_of(catalog.human);
    const std::vector<Gene>& genes = catalog.human.genes();
    std::vector<std::int32_t> document_of(genes.size(), -1);
    for (std::size_t i = 0; i < genes.size(); ++i) {
        if (genes[i].locus_type != "protein_coding") continue;
        document_of[i] = static_cast<std::int32_t>(out.human.size());
        const std::string_view summary = text_of(summaries, genes[i].symbol), terms = text_of(go, genes[i].entrez);
        out.human.push_back({.symbol = genes[i].symbol,
                             .prose = join_sentences({genes[i].name, text_of(families, genes[i].symbol), summary, terms}),
                             .names = name_text(names[i]),
                             .source = !summary.empty() ? GeneTextSource::summary
                                       : !terms.empty() ? GeneTextSource::go
                                                        : GeneTextSource::names});
    }

    const TextOf mouse_summaries = read_texts(sources, "summaries_mouse");
    std::vector<std::vector<std::int32_t>> counterparts(catalog.mouse.genes().size());
    for (const auto& [human, mouse] : catalog.orthologs)
        if (document_of[human] >= 0 && counterparts[mouse].size() < most_counterparts)
            counterparts[mouse].push_back(document_of[human]);
    for (std::size_t i = 0; i < counterparts.size(); ++i) {
        const std::string& symbol = catalog.mouse.genes()[i].symbol;
        const std::string_view summary = text_of(mouse_summaries, symbol);
        if (counterparts[i].empty() && summary.empty()) continue;
        GeneDocument document{.symbol = symbol, .names = name_text(std::vector<std::string>{symbol}),
                              .source = summary.empty() ? GeneTextSource::ortholog : GeneTextSource::summary};
        for (const std::int32_t row : counterparts[i]) {
            append(document.prose, out.human[row].prose);
            document.names += out.human[row].names;
        }
        append(document.prose, summary);
        out.mouse.push_back(std::move(document));
    }
    return out;
}

}  // namespace lexicell
