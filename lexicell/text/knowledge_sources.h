#pragma once
// Where public facts about genes lie, and a reader that remembers what it read (knowledge/README.md 1, 2, 9).

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/io/fact_table.h"
#include "lexicell/text/orgdb.h"

namespace lexicell {

// Tables give both species, families and summaries; OrgDb gives human names, newer aliases and GO.
struct KnowledgeSources {
    std::optional<std::filesystem::path> tables;      // folder with genes.tsv.zst, aliases_ncbi2018.tsv.zst, ...
    std::optional<std::filesystem::path> ontologies;  // folder with MONDO, EFO and basic-report.tsv; words only
    std::optional<std::filesystem::path> orgdb;       // org.Hs.eg.sqlite
    std::optional<std::filesystem::path> godb;        // GO.sqlite
};

// Looks for the known files in and below the given folders. Error(usage) when there is neither a table folder nor an OrgDb.
KnowledgeSources find_knowledge_sources(std::span<const std::filesystem::path> folders);

// One file that was read, for the manifest and the attribution.
struct SourceFile {
    std::string name, sha256, source, release, licence;
};

// The sources, databases already read, with a record of every file touched.
class SourceReader {
public:
    explicit SourceReader(KnowledgeSources sources);

    bool has_tables() const { return sources_.tables.has_value(); }
    bool has_ontologies() const { return sources_.ontologies.has_value(); }
    const OrgDb& orgdb() const { return orgdb_; }  // empty without one
    const GoDb& go() const { return go_; }

    // Rows of a table by its base name, e.g. "genes". Error(unreadable) when it is missing or has other columns.
    std::vector<FactRow> table(std::string_view name, std::size_t columns);
    // The text of an ontology file by its full name; nothing when it is not there.
    std::optional<std::string> ontology(std::string_view name);
    std::optional<std::filesystem::path> ontology_path(std::string_view name);

    const std::vector<SourceFile>& files() const { return files_; }

private:
    void note(const std::filesystem::path& path);
    void note_database(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata);

    KnowledgeSources sources_;
    OrgDb orgdb_;
    GoDb go_;
    std::vector<SourceFile> files_;
};

}  // namespace lexicell
