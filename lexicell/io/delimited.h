#pragma once
// Delimited text: csv and tsv, plain or packed (text_source.h). Quoting as in RFC 4180.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/io/text_source.h"

namespace lexicell {

struct DelimitedOptions {
    // Absent: by the first line. Of tab, comma, semicolon and blank, in this order, the first that occurs in it; for a
    // name that ends in .csv comma and semicolon come before tab.
    std::optional<char> delimiter;
    bool quotes = true;                 // a field may stand in "..." and then hold delimiters, line ends and "" for "
    std::optional<char> comment;        // lines that begin with it are passed over
    bool skip_blank_lines = true;
};

class DelimitedReader {
public:
    explicit DelimitedReader(const std::filesystem::path& path, const DelimitedOptions& options = {});
    DelimitedReader(TextSource source, const DelimitedOptions& options = {});

    // The next record's fields, valid until the next call; false at the end. An unclosed quote, or text after a closing
    // one, is Error(unreadable).
    bool next(std::vector<std::string_view>& fields);
    char delimiter() const { return *options_.delimiter; }  // after the first next()
    std::uint64_t line_number() const { return source_.line_number(); }
    const std::string& name() const { return source_.name(); }

    // Error(unreadable) that names the file and the current line.
    [[noreturn]] void refuse(std::string type, std::string message, std::string found = {}, std::string expected = {},
                             std::string hint = {}) const {
        source_.refuse(std::move(type), std::move(message), std::move(found), std::move(expected), std::move(hint));
    }

private:
    bool next_line(std::string_view& line);
    void guess_delimiter(std::string_view line);
    void split_quoted(std::string_view line, std::vector<std::string_view>& fields);

    TextSource source_;
    DelimitedOptions options_;
    std::string record_;                 // unquoted text of a record that has quotes
};

// Writes a table for people and programs: commas, or tabs when the name ends in .tsv; atomic. Rows may not be longer
// than the header.
void write_csv(const std::filesystem::path& path, std::span<const std::string> header,
               std::span<const std::vector<std::string>> rows);

}  // namespace lexicell
