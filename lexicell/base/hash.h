#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace lexicell {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& path);  // Error(unreadable) when it cannot be opened

}  // namespace lexicell
