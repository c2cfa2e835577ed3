#include "lexicell/data/frame.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

template <class Value>
std::vector<Value> take(const std::vector<Value>& values, std::span<const std::int64_t> rows) {
    std::vector<Value> out;
    out.reserve(rows.size());
    for (const std::int64_t r : rows) out.push_back(values[r]);
    return out;
}

}  // namespace

std::int64_t Column::size() const {
    return std::visit(Overloaded{[](const Categorical& c) { return static_cast<std::int64_t>(c.codes.size()); },
                                 [](const auto& v) { return static_cast<std::int64_t>(v.size()); }},
                      values);
}

bool Column::is_missing(std::int64_t row) const {
    if (!missing.empty()) return missing[row];
    if (const auto* reals = std::get_if<std::vector<double>>(&values)) return std::isnan((*reals)[row]);
    if (const auto* categorical = std::get_if<Categorical>(&values)) return categorical->codes[row] < 0;
    return false;
}

std::string Column::text(std::int64_t row) const {
    if (is_missing(row)) return "";
    return std::visit(Overloaded{[&](const std::vector<std::string>& v) { return v[row]; },
                                 [&](const std::vector<bool>& v) { return std::string(v[row] ? "True" : "False"); },
                                 [&](const Categorical& c) { return c.categories[c.codes[row]]; },
                                 [&](const auto& v) { return fmt::format("{}", v[row]); }},
                      values);
}

Column take_rows(const Column& column, std::span<const std::int64_t> rows) {
    Column out;
    out.values = std::visit(Overloaded{[&](const Categorical& c) -> ColumnValues {
                                           return Categorical{take(c.codes, rows), c.categories, c.ordered, c.kind};
                                       },
                                       [&](const auto& v) -> ColumnValues { return take(v, rows); }},
                            column.values);
    if (!column.missing.empty()) out.missing = take(column.missing, rows);
    return out;
}

Categorical categorize(std::span<const std::string> values, const std::vector<bool>& missing) {
    std::map<std::string_view, std::int32_t> codes;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (missing.empty() || !missing[i]) codes.emplace(values[i], 0);
    Categorical out;
    for (auto& [name, code] : codes) {
        code = static_cast<std::int32_t>(out.categories.size());
        out.categories.emplace_back(name);
    }
    out.codes.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        out.codes.push_back(missing.empty() || !missing[i] ? codes.at(values[i]) : -1);
    return out;
}

Categorical as_categorical(const Column& column) {
    if (const auto* categorical = std::get_if<Categorical>(&column.values)) return *categorical;
    std::vector<std::string> texts;
    std::vector<bool> missing;
    for (std::int64_t r = 0; r < column.size(); ++r) {
        texts.push_back(column.text(r));
        missing.push_back(column.is_missing(r));
    }
    Categorical out = categorize(texts, missing);
    if (std::holds_alternative<std::vector<std::int64_t>>(column.values)) {
        std::vector<std::int32_t> order(out.categories.size()), rank(out.categories.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
        std::ranges::sort(order, {}, [&](std::int32_t k) { return std::stoll(out.categories[k]); });
        std::vector<std::string> sorted;
        for (std::size_t i = 0; i < order.size(); ++i) {
            rank[order[i]] = static_cast<std::int32_t>(i);
            sorted.push_back(out.categories[order[i]]);
        }
        for (std::int32_t& code : out.codes)
            if (code >= 0) code = rank[code];
        out.categories = std::move(sorted);
        out.kind = Categorical::Kind::integer;
    }
    return out;
}

const Column* Frame::find(std::string_view name) const {
    const auto it = std::ranges::find(columns, name, &std::pair<std::string, Column>::first);
    return it == columns.end() ? nullptr : &it->second;
}

void Frame::set(std::string name, Column column) {
    LEXICELL_ASSERT(column.size() == rows(), "a column's length differs from its frame's");
    const auto it = std::ranges::find(columns, name, &std::pair<std::string, Column>::first);
    if (it == columns.end()) columns.emplace_back(std::move(name), std::move(column));
    else it->second = std::move(column);
}

Frame take_rows(const Frame& frame, std::span<const std::int64_t> rows) {
    Frame out{.index = take(frame.index, rows), .index_name = frame.index_name};
    for (const auto& [name, column] : frame.columns) out.columns.emplace_back(name, take_rows(column, rows));
    return out;
}

}  // namespace lexicell
