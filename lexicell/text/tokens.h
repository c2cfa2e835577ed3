#pragma once
// Words of biomedical text: lower case, [a-z0-9]+(-[a-z0-9]+)*, two characters or more (knowledge/README.md 7.1).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lexicell/genes/gene_reference.h"

namespace lexicell {

std::vector<std::string> tokens(std::string_view text);

// What names and aliases add to a gene's text: every name and its runs of letters, so that CD3D shares "cd" with CD3E.
std::string name_text(std::span<const std::string> names);

// Distinct words in ascending byte order.
class Vocabulary {
public:
    Vocabulary() = default;
    explicit Vocabulary(std::vector<std::string> words);  // any order, distinct

    std::int32_t find(std::string_view word) const;  // -1 when unknown
    const std::vector<std::string>& words() const { return words_; }
    std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }

private:
    std::vector<std::string> words_;
    std::unordered_map<std::string, std::int32_t, StringHash, std::equal_to<>> index_;
};

}  // namespace lexicell
