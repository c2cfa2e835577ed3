#pragma once
// How two partitions of the same cells overlap: the table behind every score of clusters against labels.

#include <cstdint>
#include <span>
#include <vector>

namespace lexicell {

// Cells with a negative code in either partition are left out. Classes without cells do not appear.
struct Contingency {
    struct Cell {
        std::int32_t row, col;  // positions in `rows` and `cols`
        std::int64_t count;     // > 0
    };
    std::int64_t total = 0;
    std::vector<std::int64_t> rows, cols;  // sizes of the classes of the first and of the second partition
    std::vector<Cell> cells;               // by (row, col)
};

Contingency contingency(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

}  // namespace lexicell
