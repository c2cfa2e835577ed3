#pragma once
// Terms with is-a parents, such as the Cell Ontology: OBO 1.4 text, or the JSON object of CELLxGENE's ontology releases
// ({id: {"label", "synonyms", "deprecated", "ancestors": {id: distance}}}).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lexicell {

struct OntologyTerm {
    std::string id;                    // "CL:0000236"
    std::string name;
    std::vector<std::string> synonyms;
    std::vector<std::int32_t> parents;  // is-a, positions in Ontology::terms()
};

class Ontology {
public:
    // Obsolete terms are left out by the readers. Error(unreadable, "ontology-cycle") when a term is its own ancestor.
    explicit Ontology(std::vector<OntologyTerm> terms);

    const std::vector<OntologyTerm>& terms() const { return terms_; }
    // By id, name or synonym, case ignored; a name before a synonym. Nothing when unknown, or when it is a synonym of several
    // terms.
    std::optional<std::int32_t> find(std::string_view text) const;
    // The term itself and everything above it, each once, in order of growing distance.
    std::vector<std::int32_t> lineage(std::int32_t term) const;

private:
    std::vector<OntologyTerm> terms_;
    std::unordered_map<std::string, std::int32_t> by_text_;  // -1 = ambiguous
};

// Plain, gzip or zstd. Error(unreadable) names the line.
Ontology read_ontology(const std::filesystem::path& path);

}  // namespace lexicell
