#include "lexicell/text/corpus.h"

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/text/gene_documents.h"

namespace lexicell {

namespace {

void add_ontology(SourceReader& sources, std::string_view name, std::vector<std::string>& corpus) {
    const auto text = sources.ontology(name);
    if (!text) return;
    const nlohmann::json terms = nlohmann::json::parse(*text, nullptr, false);
    if (!terms.is_object())
        throw Error(ErrorKind::unreadable,
                    {.type = "json-damaged", .message = "not a JSON object of terms", .file = std::string(name)});
    const auto field = [](const nlohmann::json& term, const char* key) {
        const auto value = term.find(key);
        return value != term.end() && value->is_string() ? value->get<std::string>() : std::string();
    };
    for (const auto& [id, term] : terms.items()) {
        if (!term.is_object() || (term.contains("deprecated") && term["deprecated"] == true)) continue;
        corpus.push_back(join_sentences({field(term, "label"), field(term, "description")}));
    }
}

// GO definitions: <http://.../GO_0002737> TAB "definition" TAB "references".
void add_go_definitions(SourceReader& sources, std::vector<std::string>& corpus) {
    const auto path = sources.ontology_path("basic-report.tsv");
    if (!path) return;
    for (FactRow& row : read_fact_table(*path, 3))
        if (row[0].find("/GO_") != std::string::npos) corpus.push_back(std::move(row[1]));
}

}  // namespace

std::vector<std::string> word_corpus(SourceReader& sources, const GeneCatalog& catalog) {
    std::vector<std::string> corpus;
    for (const Gene& gene : catalog.human.genes()) corpus.push_back(gene.name);
    for (const GoTerm& term : sources.go().terms) corpus.push_back(join_sentences({term.name, term.definition}));
    if (!sources.has_tables()) return corpus;
    for (const char* table : {"summaries_human", "summaries_mouse", "celltype_descriptions"})
        for (FactRow& row : sources.table(table, 2)) corpus.push_back(std::move(row[1]));
    for (const FactRow& row : sources.table("gene_groups", 3)) corpus.push_back(join_sentences({row[1], row[2]}));
    for (const FactRow& row : sources.table("celltypes", 5)) corpus.push_back(join_sentences({row[1], row[2], row[3]}));
    for (const FactRow& row : sources.table("tissues", 4)) corpus.push_back(join_sentences({row[1], row[2]}));
    for (FactRow& row : sources.table("go_terms", 3))
        if (row[0].starts_with("GO:")) corpus.push_back(std::move(row[1]));
    add_ontology(sources, "MONDO-ontology-v2026-05-05.json.zst", corpus);
    add_ontology(sources, "EFO-ontology-v3.90.0.json.zst", corpus);
    add_go_definitions(sources, corpus);
    return corpus;
}

}  // namespace lexicell
