#pragma once
// Bioconductor's annotation files org.Hs.eg.sqlite and GO.sqlite, read where they are installed (knowledge/README.md 9).

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lexicell {

struct OrgGene {
    std::string entrez, symbol, name, type;    // type "protein-coding", "ncRNA", ...
    std::string ensembl;                       // "" when none or several
    std::vector<std::string> aliases;          // without the symbol itself, ascending
    std::vector<std::string> go_ids;           // direct annotations without evidence ND, ascending
};

struct OrgDb {
    std::vector<OrgGene> genes;                    // by symbol; a repeated symbol is given once, protein-coding preferred
    std::map<std::string, std::string> metadata;   // source names and dates
};

struct GoTerm {
    std::string id, name, definition;  // definition "" when the release has none
};

struct GoDb {
    std::vector<GoTerm> terms;                    // by id, without the artificial root
    std::map<std::string, std::string> metadata;
};

// Error(unreadable) names the Debian package when the file is missing, and the version when DBSCHEMAVERSION is not 2.1.
OrgDb read_orgdb(const std::filesystem::path& path);
GoDb read_godb(const std::filesystem::path& path);

}  // namespace lexicell
