#pragma once
#include <cstdint>

namespace lexicell {

inline constexpr std::int64_t tile_lanes = 8;  // rows of b and c are padded to a multiple of it

constexpr std::int64_t padded_to_lanes(std::int64_t n) { return (n + tile_lanes - 1) / tile_lanes * tile_lanes; }

// A small matrix whose entry (i, j) stands at values[i * row_step + j * col_step]: a transpose costs nothing.
struct TileOperand {
    const float* values;
    std::int64_t rows, cols, row_step, col_step;
};

// c (rows of a x n) += a * b (cols of a x n), b and c row-major without gaps, n a multiple of tile_lanes. Sums run in
// the order of a's columns. For operands that fit in cache: nothing is packed.
void add_product(const TileOperand& a, const float* b, std::int64_t n, float* c);

}  // namespace lexicell
