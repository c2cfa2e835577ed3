#include "lexicell/io/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lexicell {

bool is_missing_text(std::string_view text) {
    static constexpr std::array<std::string_view, 10> words = {"", "NA", "N/A", "NaN", "nan", "NAN", "<NA>", "null", "NULL", "None"};
    return text.size() <= 4 && std::ranges::find(words, text) != words.end();
}

std::optional<double> parse_number(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace lexicell
