#include "lexicell/text/knowledge.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/io/fact_table.h"
#include "lexicell/io/safetensors.h"
#include "lexicell/text/corpus.h"
#include "lexicell/text/gene_text.h"
#include "lexicell/text/quantized_rows.h"
#include "lexicell/text/source_catalog.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* format_name = "lexicell-knowledge";
constexpr int format_version = 1;
constexpr const char* recipe = "text embedding (LSA + PPMI word vectors)";
constexpr std::string_view text_header = "symbol\tsource\tprose\tnames";

std::string vectors_file(Species species) { return fmt::format("gene_text_{}.safetensors", name_of(species)); }
std::string words_file(Species species) { return fmt::format("gene_words_{}.safetensors", name_of(species)); }
std::string texts_file(Species species) { return fmt::format("texts_{}.tsv.zst", name_of(species)); }

void write_text(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    if (!(out << text).flush())
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot write", .file = path.string(),
                                       .hint = "check free space and permissions"});
}

void write_species(const fs::path& folder, Species species, const std::vector<GeneDocument>& documents, DenseMatrix vectors,
                   DenseMatrix words, const std::string& variant) {
    std::vector<FactRow> rows;
    std::vector<std::string> ids;
    for (const GeneDocument& d : documents) {
        rows.push_back({d.symbol, std::string(name_of(d.source)), d.prose, d.names});
        ids.push_back(d.symbol);
    }
    write_fact_table(folder / texts_file(species), rows, text_header);
    if (documents.empty()) return;
    write_gene_table(make_gene_table(ids, std::move(vectors), fmt::format("{}, {}", variant, recipe)), folder / vectors_file(species),
                     TableStorage::int8);
    write_gene_table(make_gene_table(ids, std::move(words), fmt::format("{}, PPMI word vectors only", variant)),
                     folder / words_file(species), TableStorage::int8);
}

void write_encoder(const fs::path& folder, const SifEncoder& encoder) {
    SafetensorsFile file;
    put_quantized(file.tensors, "words", encoder.words);
    file.tensors["weights"] = HostTensor::of(std::span<const float>(encoder.weights), {encoder.vocabulary.size()});
    file.tensors["mean"] = HostTensor::of(std::span<const float>(encoder.mean), {encoder.words.cols});
    file.tensors["removed"] =
        HostTensor::of(std::span<const float>(encoder.removed.values), {encoder.removed.rows, encoder.removed.cols});
    file.metadata["vocabulary"] = json(encoder.vocabulary.words()).dump();
    write_safetensors(file, folder / "text_encoder.safetensors");
}

// Every file of the folder so far with its hash.
json file_hashes(const fs::path& folder) {
    json files = json::object();
    for (const auto& entry : fs::directory_iterator(folder)) files[entry.path().filename().string()] = sha256_file(entry.path());
    return files;
}

std::string attribution(const std::vector<SourceFile>& files, const std::string& variant) {
    std::string text = fmt::format("{}: {}\nComputed from the public texts below; no language model is involved.\n\n", variant, recipe);
    for (const SourceFile& f : files)
        text += fmt::format("{}: {}, release {}, licence {}, SHA-256 {}\n", f.name, f.source, f.release, f.licence, f.sha256);
    return text;
}

void write_manifest(const fs::path& folder, const std::vector<SourceFile>& sources, const KnowledgeSummary& summary,
                    const BuildKnowledgeOptions& options, bool go_text) {
    json list = json::array();
    for (const SourceFile& f : sources)
        list.push_back({{"file", f.name}, {"source", f.source}, {"release", f.release}, {"licence", f.licence}, {"sha256", f.sha256}});
    const json manifest = {
        {"format", format_name},
        {"format_version", format_version},
        {"recipe", recipe},
        {"variant", summary.variant},
        {"dimensions", options.dimensions},
        {"seed", options.seed},
        {"score_only_on", go_text ? json{"reactome", "hallmark", "panglao", "collectri"} : json()},
        {"counts",
         {{"human_genes", summary.human_genes},
          {"mouse_genes", summary.mouse_genes},
          {"human_vectors", summary.human_vectors},
          {"mouse_vectors", summary.mouse_vectors},
          {"human_aliases", summary.aliases},
          {"human_aliases_ambiguous", summary.ambiguous_aliases},
          {"documents", summary.documents},
          {"words", summary.words}}},
        {"sources", std::move(list)},
        {"files", file_hashes(folder)}};
    write_text(folder / "manifest.json", manifest.dump(2) + "\n");
}

[[noreturn]] void no_knowledge(const fs::path& file, std::string type, std::string message) {
    throw Error(ErrorKind::unreadable, {.type = std::move(type), .message = std::move(message), .file = file.string(),
                                        .hint = "make a folder with `lexicell knowledge build`"});
}

// The manifest after all its files were found whole.
json checked_manifest(const fs::path& folder) {
    const fs::path path = folder / "manifest.json";
    if (!fs::exists(path)) no_knowledge(folder, "knowledge-missing", "this is no knowledge folder: it has no manifest.json");
    const json manifest = json::parse(read_text(path), nullptr, false);
    const auto field = [&](const char* key) { return manifest.is_object() && manifest.contains(key) ? manifest.at(key) : json(); };
    if (field("format") != format_name || !field("files").is_object() || !field("variant").is_string())
        no_knowledge(path, "knowledge-damaged", "this is no manifest of a knowledge folder");
    if (field("format_version") != format_version)
        no_knowledge(path, "knowledge-version", fmt::format("format version {} is not read by this release, which reads {}",
                                                            field("format_version").dump(), format_version));
    for (const auto& [name, hash] : manifest.at("files").items()) {
        if (name.find('/') != std::string::npos || !fs::is_regular_file(folder / name))
            no_knowledge(folder / name, "knowledge-damaged", "a file of the knowledge folder is missing");
        if (!hash.is_string() || sha256_file(folder / name) != hash.get<std::string>())
            no_knowledge(folder / name, "knowledge-damaged", "the file is not what the manifest says: it was changed or damaged");
    }
    return manifest;
}

}  // namespace

KnowledgeSummary build_knowledge(const KnowledgeSources& sources, const fs::path& target, const BuildKnowledgeOptions& options,
                                 Sink& sink) {
    KnowledgeSummary summary;
    write_folder_atomically(target, options.overwrite, [&](const fs::path& folder) {
        sink.progress({.stage = "reading sources"});
        SourceReader reader(sources);
        const bool go_text = options.go_text || !reader.has_tables();
        summary.variant = go_text ? "text-lsa-ppmi-go" : "text-lsa-ppmi";
        if (go_text)
            sink.info("gene texts contain GO terms: score this table on Reactome, Hallmark and Panglao, not on GO, GGI or STRING");
        const GeneCatalog catalog = source_catalog(reader);
        const GeneDocuments documents = gene_documents(reader, catalog, go_text);
        const std::vector<std::string> corpus = word_corpus(reader, catalog);
        GeneTextVectors vectors = embed_gene_texts(
            documents, corpus, {.dimensions = options.dimensions, .seed = options.seed, .threads = options.threads}, sink);

        summary.human_genes = static_cast<std::int64_t>(catalog.human.genes().size());
        summary.mouse_genes = static_cast<std::int64_t>(catalog.mouse.genes().size());
        summary.human_vectors = static_cast<std::int64_t>(documents.human.size());
        summary.mouse_vectors = static_cast<std::int64_t>(documents.mouse.size());
        summary.aliases = static_cast<std::int64_t>(catalog.human.aliases().size());
        for (const auto& [alias, rows] : catalog.human.aliases()) summary.ambiguous_aliases += rows.size() > 1;
        summary.documents = static_cast<std::int64_t>(corpus.size());
        summary.words = vectors.encoder.vocabulary.size();

        sink.progress({.stage = "writing"});
        write_gene_catalog(catalog, folder);
        write_species(folder, Species::human, documents.human, std::move(vectors.human), std::move(vectors.human_sif), summary.variant);
        write_species(folder, Species::mouse, documents.mouse, std::move(vectors.mouse), std::move(vectors.mouse_sif), summary.variant);
        write_encoder(folder, vectors.encoder);
        if (reader.has_tables()) {
            write_fact_table(folder / "celltypes.tsv.zst", reader.table("celltypes", 5));
            write_fact_table(folder / "celltype_descriptions.tsv.zst", reader.table("celltype_descriptions", 2));
        }
        write_text(folder / "ATTRIBUTION.txt", attribution(reader.files(), summary.variant));
        write_manifest(folder, reader.files(), summary, options, go_text);
    });
    return summary;
}

Knowledge load_knowledge(const fs::path& folder) {
    const json manifest = checked_manifest(folder);
    Knowledge out{.folder = folder, .variant = manifest.at("variant").get<std::string>(), .catalog = read_gene_catalog(folder)};
    if (fs::exists(folder / vectors_file(Species::human))) out.human = read_gene_table(folder / vectors_file(Species::human));
    if (fs::exists(folder / vectors_file(Species::mouse))) out.mouse = read_gene_table(folder / vectors_file(Species::mouse));
    return out;
}

SifEncoder load_text_encoder(const fs::path& folder) {
    const fs::path path = folder / "text_encoder.safetensors";
    if (!fs::exists(path)) no_knowledge(path, "knowledge-missing", "the knowledge folder has no text encoder");
    const SafetensorsFile file = read_safetensors(path, {.as_data = true});
    const auto vocabulary = file.metadata.find("vocabulary");
    const json words = vocabulary == file.metadata.end() ? json() : json::parse(vocabulary->second, nullptr, false);
    SifEncoder encoder{.words = get_rows(file.tensors, "words", path.string()),
                       .removed = get_rows(file.tensors, "removed", path.string())};
    const auto vector = [&](const char* name, std::int64_t size) {
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end() || found->second.elements() != size)
            no_knowledge(path, "knowledge-damaged", fmt::format("the tensor '{}' does not fit", name));
        return found->second.to_float();
    };
    encoder.weights = vector("weights", encoder.words.rows);
    encoder.mean = vector("mean", encoder.words.cols);
    if (!words.is_array() || static_cast<std::int64_t>(words.size()) != encoder.words.rows || encoder.removed.cols != encoder.words.cols ||
        std::any_of(words.begin(), words.end(), [](const json& w) { return !w.is_string(); }))
        no_knowledge(path, "knowledge-damaged", "vocabulary and word vectors do not fit");
    auto list = words.get<std::vector<std::string>>();
    if (!std::is_sorted(list.begin(), list.end())) no_knowledge(path, "knowledge-damaged", "the vocabulary is not in order");
    encoder.vocabulary = Vocabulary(std::move(list));
    return encoder;
}

GeneTable load_word_table(const fs::path& folder, Species species) {
    const fs::path path = folder / words_file(species);
    if (!fs::exists(path)) no_knowledge(path, "knowledge-missing", fmt::format("the knowledge folder has no {} gene texts", name_of(species)));
    return read_gene_table(path);
}

std::vector<GeneDocument> load_gene_documents(const fs::path& folder, Species species) {
    std::vector<GeneDocument> documents;
    for (FactRow& row : read_fact_table(folder / texts_file(species), 4, text_header)) {
        GeneTextSource source = GeneTextSource::names;
        for (const GeneTextSource s : {GeneTextSource::summary, GeneTextSource::go, GeneTextSource::ortholog})
            if (row[1] == name_of(s)) source = s;
        documents.push_back({std::move(row[0]), std::move(row[2]), std::move(row[3]), source});
    }
    return documents;
}

}  // namespace lexicell
