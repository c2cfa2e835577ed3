#include "lexicell/text/tokens.h"

#include <algorithm>

namespace lexicell {

namespace {

bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

std::vector<std::string> tokens(std::string_view text) {
    const std::string lower = lower_case(text);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < lower.size();) {
        if (!is_word_character(lower[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < lower.size() &&
               (is_word_character(lower[end]) ||
                (lower[end] == '-' && end + 1 < lower.size() && is_word_character(lower[end + 1]))))
            ++end;
        if (end - i >= 2) words.push_back(lower.substr(i, end - i));
        i = end;
    }
    return words;
}

std::string name_text(std::span<const std::string> names) {
    std::string text;
    for (const std::string& name : names) {
        const std::string lower = lower_case(name);
        text += lower + ' ';
        for (std::size_t i = 0; i < lower.size(); ++i)
            if (is_letter(lower[i])) {
                const std::size_t begin = i;
                while (i < lower.size() && is_letter(lower[i])) ++i;
                if (i - begin < lower.size()) text += lower.substr(begin, i - begin) + ' ';
            }
    }
    return text;
}

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
    std::sort(words_.begin(), words_.end());
    for (std::size_t i = 0; i < words_.size(); ++i) index_.emplace(words_[i], static_cast<std::int32_t>(i));
}

std::int32_t Vocabulary::find(std::string_view word) const {
    const auto found = index_.find(word);
    return found == index_.end() ? -1 : found->second;
}

}  // namespace lexicell
