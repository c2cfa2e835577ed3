#include "lexicell/io/read_table.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "lexicell/io/delimited.h"
#include "lexicell/io/number_text.h"

namespace lexicell {

namespace {

// "007" is a code and stays text.
bool is_code(std::string_view text) {
    return text.size() > 1 && text[0] == '0' && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || is_code(text)) return std::nullopt;
    return value;
}

std::optional<double> parse_real(std::string_view text) { return is_code(text) ? std::nullopt : parse_number(text); }

std::optional<bool> parse_flag(std::string_view text) {
    if (text == "True" || text == "TRUE" || text == "true") return true;
    if (text == "False" || text == "FALSE" || text == "false") return false;
    return std::nullopt;
}

// All values as Number, `absent` where missing; nothing when one of them is something else, or all are missing.
template <class Number, class Parse>
std::optional<std::vector<Number>> all_as(const std::vector<std::string>& texts, Parse parse, Number absent) {
    std::vector<Number> out;
    out.reserve(texts.size());
    bool any = false;
    for (const std::string& text : texts) {
        if (is_missing_text(text)) {
            out.push_back(absent);
            continue;
        }
        const auto value = parse(text);
        if (!value) return std::nullopt;
        out.push_back(*value);
        any = true;
    }
    if (!any) return std::nullopt;
    return out;
}

Column typed(std::vector<std::string> texts) {
    Column column;
    std::vector<bool> missing;
    for (const std::string& text : texts) missing.push_back(is_missing_text(text));
    const bool any_missing = std::ranges::find(missing, true) != missing.end();
    if (auto integers = all_as<std::int64_t>(texts, parse_integer, 0)) {
        column.values = std::move(*integers);
    } else if (auto reals = all_as<double>(texts, parse_real, std::numeric_limits<double>::quiet_NaN())) {
        column.values = std::move(*reals);
        return column;  // NaN says what is missing
    } else if (auto flags = all_as<bool>(texts, parse_flag, false)) {
        column.values = std::move(*flags);
    } else {
        if (any_missing)
            for (std::size_t i = 0; i < texts.size(); ++i)
                if (missing[i]) texts[i].clear();
        column.values = std::move(texts);
    }
    if (any_missing) column.missing = std::move(missing);
    return column;
}

}  // namespace

Frame read_table(TextSource source, const TableOptions& options) {
    DelimitedReader table(std::move(source));
    std::vector<std::string_view> fields;
    if (!table.next(fields)) table.refuse("table-empty", "the table is empty");
    std::vector<std::string> names(fields.begin(), fields.end());
    std::vector<std::vector<std::string>> columns;
    while (table.next(fields)) {
        if (columns.empty()) {
            if (names.size() + 1 == fields.size()) names.insert(names.begin(), "");
            columns.resize(names.size());
        }
        if (fields.size() != names.size())
            table.refuse("table-width", "a line has another number of fields than the header", fmt::format("{}", fields.size()), fmt::format("{}", names.size()));
        for (std::size_t c = 0; c < fields.size(); ++c) columns[c].emplace_back(fields[c]);
    }
    columns.resize(names.size());
    std::set<std::string> seen;
    for (const std::string& name : names)
        if (!seen.insert(name).second) table.refuse("column-twice", "two columns have one name", name);

    const auto found = options.index ? std::ranges::find(names, *options.index) : names.begin();
    if (found == names.end()) table.refuse("missing-column", "the table has no such column", {}, *options.index);
    const auto index = static_cast<std::size_t>(found - names.begin());
    Frame frame;
    if (!names[index].empty()) frame.index_name = names[index];
    frame.index = std::move(columns[index]);
    for (std::size_t c = 0; c < names.size(); ++c)
        if (c != index) frame.set(names[c], typed(std::move(columns[c])));
    return frame;
}

Frame read_table(const std::filesystem::path& path, const TableOptions& options) { return read_table(TextSource(path), options); }

}  // namespace lexicell
