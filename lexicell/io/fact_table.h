#pragma once
// Tables of facts as the knowledge folders hold them: tab-separated lines without quoting, plain or packed (text_source.h).

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lexicell {

using FactRow = std::vector<std::string>;

// Every line, each of exactly `columns` fields. With a non-empty `header` the first line must equal it and is dropped.
// Error(unreadable) names the line.
std::vector<FactRow> read_fact_table(const std::filesystem::path& path, std::size_t columns, std::string_view header = {});

// Writes such a table, packed when the name ends in .zst. Fields must not hold tabs or line breaks. Not atomic: meant for
// files inside a folder that is published whole.
void write_fact_table(const std::filesystem::path& path, const std::vector<FactRow>& rows, std::string_view header = {});

// All lines without their ends, and the whole text with "\n" between them.
std::vector<std::string> read_lines(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// The parts of `text` between `separator`; an empty text has none.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace lexicell
