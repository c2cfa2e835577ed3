#include "lexicell/io/delimited.h"

#include "lexicell/base/atomic_file.h"

namespace lexicell {

DelimitedReader::DelimitedReader(const std::filesystem::path& path, const DelimitedOptions& options)
    : DelimitedReader(TextSource(path), options) {}

DelimitedReader::DelimitedReader(TextSource source, const DelimitedOptions& options)
    : source_(std::move(source)), options_(options) {}

bool DelimitedReader::next_line(std::string_view& line) {
    while (source_.next_line(line)) {
        if (options_.skip_blank_lines && line.empty()) continue;
        if (options_.comment && line.starts_with(*options_.comment)) continue;
        return true;
    }
    return false;
}

void DelimitedReader::guess_delimiter(std::string_view line) {
    std::string outside;
    bool quoted = false;
    for (const char c : line) {
        if (options_.quotes && c == '"') quoted = !quoted;
        else if (!quoted) outside += c;
    }
    const std::string_view name = source_.name();
    const bool csv = name.ends_with(".csv") || name.ends_with(".csv.gz") || name.ends_with(".csv.zst");
    options_.delimiter = csv || quoted ? ',' : '\t';  // a quote still open: only csv has such first lines
    for (const char candidate : std::string_view(csv ? ",;\t " : "\t,; "))
        if (outside.find(candidate) != std::string::npos) {
            options_.delimiter = candidate;
            return;
        }
}

bool DelimitedReader::next(std::vector<std::string_view>& fields) {
    fields.clear();
    std::string_view line;
    if (!next_line(line)) return false;
    if (!options_.delimiter) guess_delimiter(line);
    if (options_.quotes && line.find('"') != std::string_view::npos) {
        split_quoted(line, fields);
        return true;
    }
    for (;;) {
        const std::size_t stop = line.find(*options_.delimiter);
        fields.push_back(line.substr(0, stop));
        if (stop == std::string_view::npos) return true;
        line.remove_prefix(stop + 1);
    }
}

void DelimitedReader::split_quoted(std::string_view line, std::vector<std::string_view>& fields) {
    record_.clear();
    std::vector<std::size_t> ends;  // of the fields in record_
    std::string_view rest = line;
    for (;;) {
        if (rest.starts_with('"')) {
            rest.remove_prefix(1);
            for (;;) {
                const std::size_t quote = rest.find('"');
                record_ += rest.substr(0, quote);
                if (quote == std::string_view::npos) {
                    if (record_.size() > (1u << 30)) refuse("record-too-long", "a quoted field is longer than 1 GiB");
                    if (!source_.next_line(rest))
                        refuse("quote-unclosed", "a quote is not closed before the file ends", {}, {}, "close it, or double quotes inside fields");
                    record_ += '\n';
                } else if (rest.substr(quote + 1).starts_with('"')) {
                    record_ += '"';
                    rest.remove_prefix(quote + 2);
                } else {
                    rest.remove_prefix(quote + 1);
                    break;
                }
            }
            if (!rest.empty() && rest[0] != *options_.delimiter)
                refuse("quote-misplaced", "text follows a closing quote", std::string(rest.substr(0, 20)), "a delimiter or the end of the line",
                       "double quotes inside fields");
        } else {
            const std::string_view field = rest.substr(0, rest.find(*options_.delimiter));
            record_ += field;
            rest.remove_prefix(field.size());
        }
        ends.push_back(record_.size());
        if (rest.empty()) break;
        rest.remove_prefix(1);
    }
    for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++])
        fields.push_back(std::string_view(record_).substr(begin, ends[i] - begin));
}

void write_csv(const std::filesystem::path& path, std::span<const std::string> header, std::span<const std::vector<std::string>> rows) {
    const char delimiter = path.extension() == ".tsv" ? '\t' : ',';
    const std::string special = std::string("\"\r\n") + delimiter;
    std::string text;
    const auto put = [&](std::span<const std::string> fields) {
        LEXICELL_ASSERT(fields.size() <= header.size(), "a row is longer than the header");
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (i > 0) text += delimiter;
            const std::string_view field = i < fields.size() ? std::string_view(fields[i]) : std::string_view();
            // A first field alone and empty would be a blank line.
            const bool quote = field.find_first_of(special) != std::string_view::npos || field.starts_with(' ') || field.ends_with(' ') ||
                               (header.size() == 1 && field.empty());
            if (quote) text += '"';
            for (const char c : field) {
                if (c == '"') text += '"';
                text += c;
            }
            if (quote) text += '"';
        }
        text += '\n';
    };
    put(header);
    for (const auto& row : rows) put(row);
    write_file_atomically(path, text);
}

}  // namespace lexicell
