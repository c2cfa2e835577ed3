#include "lexicell/text/knowledge_sources.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

// What is known of a published file. The release is claimed only for the very bytes it was checked on.
struct KnownFile {
    std::string_view name, sha256_start, source, release, licence;
};
constexpr std::array<KnownFile, 13> known_files = {{
    {"genes.tsv.zst", "ba303f9083f22bde", "HGNC", "2021-09", "CC0"},
    {"aliases_ncbi2018.tsv.zst", "a0db1c976484cf2b", "NCBI Gene", "2018-04", "public domain"},
    {"summaries_human.tsv.zst", "652decaeae9f4c77", "NCBI RefSeq", "", "public domain"},
    {"summaries_mouse.tsv.zst", "a8fb8c23287f4455", "NCBI RefSeq", "", "public domain"},
    {"gene_groups.tsv.zst", "41ccdacddebeb1e1", "HGNC gene groups", "2025-10", "CC0"},
    {"orthologs.tsv.zst", "593817ab83bf16a4", "Ensembl", "105", "unrestricted"},
    {"celltypes.tsv.zst", "4d700e4e6b790973", "Cell Ontology", "2026-03-26", "CC BY 4.0"},
    {"celltype_descriptions.tsv.zst", "5b935c1c41d3015b", "Cell Ontology", "", "CC BY 4.0"},
    {"tissues.tsv.zst", "fdf30825ec4ff2ad", "UBERON", "2026-04-01", "CC BY 3.0"},
    {"go_terms.tsv.zst", "fc3c0d85e40c2e9c", "Gene Ontology", "2024-01-17", "CC BY 4.0"},
    {"MONDO-ontology-v2026-05-05.json.zst", "5df6f6131a69ce93", "MONDO", "2026-05-05", "CC BY 4.0"},
    {"EFO-ontology-v3.90.0.json.zst", "b8c62abf28956b5f", "EFO", "3.90.0", "Apache-2.0"},
    {"basic-report.tsv", "a640a7c88b03c9df", "Cell Ontology report of GO definitions", "", "CC BY 4.0"},
}};

constexpr std::string_view genes_name = "genes.tsv.zst", report_name = "basic-report.tsv";

}  // namespace

KnowledgeSources find_knowledge_sources(std::span<const fs::path> folders) {
    KnowledgeSources found;
    const auto look_at = [&](const fs::path& file) {
        if (file.filename() == genes_name) found.tables = file.parent_path();
        if (file.filename() == report_name) found.ontologies = file.parent_path();
        if (file.filename() == "org.Hs.eg.sqlite") found.orgdb = file;
        if (file.filename() == "GO.sqlite") found.godb = file;
    };
    for (const fs::path& folder : folders) {
        if (!fs::is_directory(folder))
            throw Error(ErrorKind::usage, {.type = "folder-missing", .message = "no such folder", .file = folder.string(),
                                           .hint = "name a folder of tables or of annotation files"});
        for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
            look_at(entry.path());
    }
    if (!found.tables && !found.orgdb)
        throw Error(ErrorKind::usage, {.type = "knowledge-sources-missing", .message = "no gene tables and no annotation file found",
                                       .expected = "genes.tsv.zst and its fellows, or org.Hs.eg.sqlite and GO.sqlite",
                                       .hint = "run scripts/fetch-orgdb and name the folder it prints"});
    return found;
}

SourceReader::SourceReader(KnowledgeSources sources) : sources_(std::move(sources)) {
    LEXICELL_ASSERT(sources_.tables || sources_.orgdb, "facts need tables or an OrgDb");
    if (sources_.orgdb) {
        orgdb_ = read_orgdb(*sources_.orgdb);
        note_database(*sources_.orgdb, orgdb_.metadata);
    }
    if (sources_.godb) {
        go_ = read_godb(*sources_.godb);
        note_database(*sources_.godb, go_.metadata);
    }
}

std::vector<FactRow> SourceReader::table(std::string_view name, std::size_t columns) {
    const fs::path path = *sources_.tables / fmt::format("{}.tsv.zst", name);
    note(path);
    return read_fact_table(path, columns);
}

std::optional<fs::path> SourceReader::ontology_path(std::string_view name) {
    if (!sources_.ontologies || !fs::exists(*sources_.ontologies / name)) return std::nullopt;
    note(*sources_.ontologies / name);
    return *sources_.ontologies / name;
}

std::optional<std::string> SourceReader::ontology(std::string_view name) {
    const auto path = ontology_path(name);
    if (!path) return std::nullopt;
    return read_text(*path);
}

void SourceReader::note(const fs::path& path) {
    const std::string name = path.filename().string();
    if (std::any_of(files_.begin(), files_.end(), [&](const SourceFile& f) { return f.name == name; })) return;
    SourceFile file{.name = name, .sha256 = sha256_file(path), .source = "unknown", .release = "unknown", .licence = "unknown"};
    for (const KnownFile& known : known_files)
        if (known.name == name) {
            file.source = known.source;
            file.licence = known.licence;
            if (!known.release.empty() && file.sha256.starts_with(known.sha256_start)) file.release = known.release;
        }
    files_.push_back(std::move(file));
}

void SourceReader::note_database(const fs::path& path, const std::map<std::string, std::string>& metadata) {
    std::string release;
    for (const auto& [key, name] : {std::pair("EGSOURCEDATE", "Entrez Gene"), std::pair("GOSOURCEDATE", "GO"), std::pair("ENSOURCEDATE", "Ensembl")})
        if (const auto found = metadata.find(key); found != metadata.end())
            release += fmt::format("{}{} {}", release.empty() ? "" : ", ", name, found->second);
    files_.push_back({path.filename().string(), sha256_file(path), "Bioconductor annotation", release,
                      "Artistic-2.0; Gene Ontology CC BY 4.0"});
}

}  // namespace lexicell
