#include "lexicell/genes/gene_sets.h"

#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/genes/gene_name.h"
#include "lexicell/io/fact_table.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

// Appends `gene` unless it is there already.
bool add_member(GeneSet& set, std::unordered_set<std::string>& members, const std::string& gene) {
    if (!members.insert(gene).second) return false;
    set.genes.push_back(gene);
    return true;
}

}  // namespace

GeneSetFile read_gmt(const fs::path& path) {
    GeneSetFile file;
    std::unordered_map<std::string, std::size_t> place;
    std::vector<std::unordered_set<std::string>> members;
    std::size_t number = 0;
    for (const std::string& line : read_lines(path)) {
        ++number;
        if (line.empty()) continue;
        const std::vector<std::string> fields = split(line, '\t');
        if (fields.size() < 2 || fields[0].empty())
            throw Error(ErrorKind::unreadable,
                        {.type = "gmt-fields", .message = fmt::format("line {} has no set name and description", number),
                         .file = path.string(), .expected = "name, description, genes, separated by tabs"});
        const auto [entry, fresh] = place.emplace(fields[0], file.sets.size());
        if (fresh) {
            file.sets.push_back({.name = fields[0], .description = fields[1]});
            members.emplace_back();
        }
        for (std::size_t i = 2; i < fields.size(); ++i)
            if (!fields[i].empty()) file.repeated += !add_member(file.sets[entry->second], members[entry->second], fields[i]);
    }
    return file;
}

std::vector<std::string> read_gene_list(const fs::path& path) {
    GeneSet list;
    std::unordered_set<std::string> members;
    for (const std::string& line : read_lines(path))
        if (!line.empty() && line[0] != '#') add_member(list, members, line);
    return list.genes;
}

ResolvedSets resolve_gene_sets(const std::vector<GeneSet>& sets, const GeneReference& reference) {
    ResolvedSets out;
    std::set<std::string> unresolved;
    for (const GeneSet& set : sets) {
        GeneSet& resolved = out.sets.emplace_back(GeneSet{.name = set.name, .description = set.description});
        std::unordered_set<std::string> members;
        for (const std::string& name : set.genes) {
            const GeneMatch match = match_gene(name, reference);
            if (match.gene < 0) unresolved.insert(name);
            else add_member(resolved, members, reference.genes()[match.gene].symbol);
        }
    }
    out.unresolved.assign(unresolved.begin(), unresolved.end());
    return out;
}

}  // namespace lexicell
