#include "lexicell/io/fact_table.h"

#include <fstream>

#include <fmt/format.h>
#include <zstd.h>

#include "lexicell/base/error.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

namespace fs = std::filesystem;

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    if (text.empty()) return parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.emplace_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

std::vector<std::string> read_lines(const fs::path& path) {
    TextSource source(path);
    std::vector<std::string> lines;
    for (std::string_view line; source.next_line(line);) lines.emplace_back(line);
    return lines;
}

std::string read_text(const fs::path& path) {
    TextSource source(path);
    std::string text;
    for (std::string_view line; source.next_line(line);) {
        if (source.line_number() > 1) text += '\n';
        text += line;
    }
    return text;
}

std::vector<FactRow> read_fact_table(const fs::path& path, std::size_t columns, std::string_view header) {
    TextSource source(path);
    std::vector<FactRow> rows;
    std::string_view line;
    if (!header.empty() && (!source.next_line(line) || line != header))
        source.refuse("header-unknown", "the first line is not the header of this table", std::string(line.substr(0, 80)), std::string(header));
    while (source.next_line(line)) {
        rows.push_back(line.empty() ? FactRow{""} : split(line, '\t'));
        if (rows.back().size() != columns)
            source.refuse("column-count", "the line has another number of tab-separated fields", fmt::format("{}", rows.back().size()),
                          fmt::format("{}", columns));
    }
    return rows;
}

void write_fact_table(const fs::path& path, const std::vector<FactRow>& rows, std::string_view header) {
    std::string text;
    if (!header.empty()) text.append(header).push_back('\n');
    for (const FactRow& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            LEXICELL_ASSERT(row[i].find_first_of("\t\n\r") == std::string::npos, "a fact with a tab or line break: " + row[i]);
            text.append(row[i]).push_back(i + 1 < row.size() ? '\t' : '\n');
        }
    if (path.extension() == ".zst") {
        std::string packed(ZSTD_compressBound(text.size()), '\0');
        const std::size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 9);
        LEXICELL_ASSERT(!ZSTD_isError(size), ZSTD_getErrorName(size));
        text = packed.substr(0, size);
    }
    std::ofstream out(path, std::ios::binary);
    if (!out.write(text.data(), static_cast<std::streamsize>(text.size())).flush())
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot write", .file = path.string(),
                                       .hint = "check free space and permissions"});
}

}  // namespace lexicell
