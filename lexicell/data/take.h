#pragma once
#include <cstdint>
#include <ranges>
#include <span>
#include <vector>

namespace lexicell {

// values[row] for every row given: a column of some cells.
template <std::ranges::random_access_range Values>
auto take(const Values& values, std::span<const std::int64_t> rows) {
    std::vector<std::ranges::range_value_t<Values>> out;
    out.reserve(rows.size());
    for (const std::int64_t row : rows) out.push_back(values[row]);
    return out;
}

}  // namespace lexicell
