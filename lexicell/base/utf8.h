#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lexicell {

// Offset of the first byte that is not UTF-8 (overlong forms, surrogates and values above U+10FFFF included), or nothing.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

// Appends a code point, which must be a Unicode scalar value, as UTF-8.
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace lexicell
