#include "lexicell/text/ontology.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

using nlohmann::json;

namespace {

std::string folded(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// A term as it is read: parents by id, some of which may be absent or obsolete.
struct RawTerm {
    OntologyTerm term;
    std::vector<std::string> parent_ids;
    bool obsolete = false;
};

Ontology joined(std::vector<RawTerm> raw) {
    std::erase_if(raw, [](const RawTerm& term) { return term.obsolete; });
    std::unordered_map<std::string, std::int32_t> place;
    for (const RawTerm& term : raw) place.emplace(term.term.id, static_cast<std::int32_t>(place.size()));
    std::vector<OntologyTerm> terms;
    for (RawTerm& term : raw) {
        for (const std::string& id : term.parent_ids)
            if (const auto found = place.find(id); found != place.end()) term.term.parents.push_back(found->second);
        terms.push_back(std::move(term.term));
    }
    return Ontology(std::move(terms));
}

// The text between the first pair of quotation marks, escapes resolved.
std::string quoted(std::string_view text) {
    std::string out;
    const std::size_t start = text.find('"');
    if (start == std::string_view::npos) return out;
    for (std::size_t i = start + 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out += text[i];
    }
    return out;
}

// "CL:0000010 ! cultured cell" and "CL:0000010 {source="x"}" without what follows the id.
std::string bare_id(std::string_view text) { return std::string(text.substr(0, text.find_first_of(" \t!{"))); }

Ontology read_obo(TextSource& text, const std::filesystem::path& path) {
    std::vector<RawTerm> terms;
    bool in_term = false;
    std::unordered_map<std::string, std::uint64_t> line_of;
    std::string_view line;
    while (text.next_line(line)) {
        if (line.starts_with("[")) {
            in_term = line == "[Term]";
            if (in_term) terms.emplace_back();
            continue;
        }
        const std::size_t colon = line.find(": ");
        if (!in_term || colon == std::string_view::npos) continue;
        const std::string_view key = line.substr(0, colon), value = line.substr(colon + 2);
        RawTerm& term = terms.back();
        if (key == "id") {
            term.term.id = bare_id(value);
            if (!line_of.emplace(term.term.id, text.line_number()).second) text.refuse("ontology-repeated", "an id stands twice", term.term.id);
        } else if (key == "name") {
            term.term.name = value;
        } else if (key == "synonym") {
            if (std::string synonym = quoted(value); !synonym.empty()) term.term.synonyms.push_back(std::move(synonym));
        } else if (key == "is_a") {
            term.parent_ids.push_back(bare_id(value));
        } else if (key == "is_obsolete") {
            term.obsolete = value == "true";
        }
    }
    std::erase_if(terms, [](const RawTerm& term) { return term.term.id.empty(); });
    if (terms.empty())
        throw Error(ErrorKind::unreadable, {.type = "ontology-empty", .message = "the file holds no term of an ontology", .file = path.string(),
                                            .expected = "OBO text with [Term] stanzas, or a JSON object of terms"});
    return joined(std::move(terms));
}

Ontology read_json(const std::string& bytes, const std::filesystem::path& path) {
    try {
        const json document = json::parse(bytes);
        std::vector<RawTerm> terms;
        for (const auto& [id, entry] : document.items()) {
            RawTerm& term = terms.emplace_back();
            term.term = {.id = id, .name = entry.at("label").get<std::string>()};
            if (const auto synonyms = entry.find("synonyms"); synonyms != entry.end()) term.term.synonyms = synonyms->get<std::vector<std::string>>();
            term.obsolete = entry.value("deprecated", false);
            if (const auto ancestors = entry.find("ancestors"); ancestors != entry.end())
                for (const auto& [ancestor, distance] : ancestors->items())
                    if (distance.get<int>() == 1) term.parent_ids.push_back(ancestor);
        }
        return joined(std::move(terms));
    } catch (const json::exception& e) {
        throw Error(ErrorKind::unreadable, {.type = "ontology-json", .message = fmt::format("the ontology is damaged: {}", e.what()), .file = path.string(),
                                            .expected = R"({"CL:0000000": {"label": "cell", "ancestors": {}}, ...})"});
    }
}

}  // namespace

Ontology::Ontology(std::vector<OntologyTerm> terms) : terms_(std::move(terms)) {
    const auto add = [this](std::string_view text, std::int32_t term, bool certain) {
        const auto [entry, fresh] = by_text_.emplace(folded(text), term);
        if (!fresh && !certain && entry->second != term) entry->second = -1;
    };
    for (std::size_t t = 0; t < terms_.size(); ++t) {
        add(terms_[t].id, static_cast<std::int32_t>(t), true);
        add(terms_[t].name, static_cast<std::int32_t>(t), true);
    }
    const std::unordered_map<std::string, std::int32_t> names = by_text_;
    for (std::size_t t = 0; t < terms_.size(); ++t)
        for (const std::string& synonym : terms_[t].synonyms)
            if (!names.contains(folded(synonym))) add(synonym, static_cast<std::int32_t>(t), false);

    // Terms whose parents are all done are done; what is never done stands on a cycle.
    std::vector<std::size_t> waiting(terms_.size());
    std::vector<std::vector<std::int32_t>> children(terms_.size());
    std::vector<std::int32_t> ready;
    for (std::size_t t = 0; t < terms_.size(); ++t) {
        waiting[t] = terms_[t].parents.size();
        for (const std::int32_t parent : terms_[t].parents) children[parent].push_back(static_cast<std::int32_t>(t));
        if (waiting[t] == 0) ready.push_back(static_cast<std::int32_t>(t));
    }
    for (std::size_t i = 0; i < ready.size(); ++i)
        for (const std::int32_t child : children[ready[i]])
            if (--waiting[child] == 0) ready.push_back(child);
    if (ready.size() < terms_.size()) {
        const auto stuck = std::ranges::find_if(waiting, [](std::size_t left) { return left > 0; }) - waiting.begin();
        throw Error(ErrorKind::unreadable, {.type = "ontology-cycle", .message = "is-a relations of the ontology form a cycle", .found = terms_[stuck].id});
    }
}

std::optional<std::int32_t> Ontology::find(std::string_view text) const {
    const auto found = by_text_.find(folded(text));
    return found == by_text_.end() || found->second < 0 ? std::nullopt : std::optional(found->second);
}

std::vector<std::int32_t> Ontology::lineage(std::int32_t term) const {
    std::vector<std::int32_t> out = {term};
    for (std::size_t i = 0; i < out.size(); ++i)
        for (const std::int32_t parent : terms_[out[i]].parents)
            if (std::ranges::find(out, parent) == out.end()) out.push_back(parent);
    return out;
}

Ontology read_ontology(const std::filesystem::path& path) {
    TextSource text(path);
    std::string_view line;
    std::string bytes;
    if (text.next_line(line) && line.starts_with("{")) {
        do (bytes += line) += '\n';
        while (text.next_line(line));
        return read_json(bytes, path);
    }
    TextSource again(path);
    return read_obo(again, path);
}

}  // namespace lexicell
