#include "lexicell/prep/leakage.h"

#include <bit>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace lexicell {

namespace {

using Row = std::vector<std::pair<std::int64_t, float>>;

Row row_of(MatrixRef x, std::int64_t cell) {
    Row row;
    x.for_nonzero(cell, [&](std::int64_t gene, float value) { row.emplace_back(gene, value); });
    return row;
}

// FNV-1a over genes and values; equal rows are compared value by value afterwards.
std::uint64_t hash_of(const Row& row) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    const auto mix = [&hash](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3u; };
    for (const auto& [gene, value] : row) {
        mix(static_cast<std::uint64_t>(gene));
        mix(std::bit_cast<std::uint32_t>(value));
    }
    return hash;
}

}  // namespace

Leakage find_leakage(MatrixRef x, std::span<const std::int64_t> train, std::span<const std::int64_t> test, std::span<const std::int32_t> groups) {
    std::unordered_multimap<std::uint64_t, std::int64_t> seen;
    for (const std::int64_t cell : train) seen.emplace(hash_of(row_of(x, cell)), cell);
    Leakage found;
    for (const std::int64_t cell : test) {
        const Row row = row_of(x, cell);
        if (row.empty()) continue;
        const auto [first, last] = seen.equal_range(hash_of(row));
        std::optional<std::int64_t> twin;
        for (auto it = first; it != last; ++it)
            if ((!twin || it->second < *twin) && row_of(x, it->second) == row) twin = it->second;
        if (!twin) continue;
        found.test_cells.push_back(cell);
        found.train_cells.push_back(*twin);
    }
    if (!groups.empty()) {
        std::set<std::int32_t> learnt_from, shared;
        for (const std::int64_t cell : train) learnt_from.insert(groups[cell]);
        for (const std::int64_t cell : test)
            if (groups[cell] >= 0 && learnt_from.contains(groups[cell])) shared.insert(groups[cell]);
        found.groups.assign(shared.begin(), shared.end());
    }
    return found;
}

}  // namespace lexicell
