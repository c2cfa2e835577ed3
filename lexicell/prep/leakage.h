#pragma once
// Cells or donors that stand on both sides of a split: what makes a held-out score too good (users.md T27).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct Leakage {
    // Cells to test on whose values equal those of a cell to learn from, and one such cell each; ascending. Cells without
    // any value are equal to nothing.
    std::vector<std::int64_t> test_cells, train_cells;
    // Codes of groups (donors) with cells on both sides, ascending.
    std::vector<std::int32_t> groups;
    bool clean() const { return test_cells.empty() && groups.empty(); }
};

// x: N x G; train, test: rows of it; groups: N codes, below 0 = in none, or empty. Cells are equal when every value is, so
// that counts are to be given, not values that were scaled by different totals.
Leakage find_leakage(MatrixRef x, std::span<const std::int64_t> train, std::span<const std::int64_t> test, std::span<const std::int32_t> groups = {});

}  // namespace lexicell
