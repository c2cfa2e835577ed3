#pragma once
#include <optional>
#include <string_view>

namespace lexicell {

// "", "NA", "N/A", "NaN", "null" and "None" in the usual spellings: no value.
bool is_missing_text(std::string_view text);

// The number that the whole of `text` (but blanks around it) is, or nothing.
std::optional<double> parse_number(std::string_view text);

}  // namespace lexicell
