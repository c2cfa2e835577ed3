#include "lexicell/models/baseline/tile_product.h"

#include "lexicell/nn/cpu/cpu_clones.h"

namespace lexicell {

namespace {

typedef float Lanes __attribute__((vector_size(tile_lanes * sizeof(float)), aligned(4), may_alias));

// Rows x Vectors accumulators stay in registers over the whole inner dimension.
template <int Rows, int Vectors>
[[gnu::always_inline]] inline void add_block(const TileOperand& a, std::int64_t row, const float* b, std::int64_t n,
                                             float* c) {
    Lanes sum[Rows][Vectors];
    for (int r = 0; r < Rows; ++r)
        for (int v = 0; v < Vectors; ++v) sum[r][v] = reinterpret_cast<const Lanes*>(c + (row + r) * n)[v];
    const float* left = a.values + row * a.row_step;
    for (std::int64_t p = 0; p < a.cols; ++p, left += a.col_step, b += n) {
        Lanes right[Vectors];
        for (int v = 0; v < Vectors; ++v) right[v] = reinterpret_cast<const Lanes*>(b)[v];
        for (int r = 0; r < Rows; ++r)
            for (int v = 0; v < Vectors; ++v) sum[r][v] += left[r * a.row_step] * right[v];
    }
    for (int r = 0; r < Rows; ++r)
        for (int v = 0; v < Vectors; ++v) reinterpret_cast<Lanes*>(c + (row + r) * n)[v] = sum[r][v];
}

template <int Vectors>
[[gnu::always_inline]] inline void add_columns(const TileOperand& a, const float* b, std::int64_t n, float* c) {
    std::int64_t row = 0;
    for (; row + 6 <= a.rows; row += 6) add_block<6, Vectors>(a, row, b, n, c);
    for (; row + 2 <= a.rows; row += 2) add_block<2, Vectors>(a, row, b, n, c);
    for (; row < a.rows; ++row) add_block<1, Vectors>(a, row, b, n, c);
}

}  // namespace

LEXICELL_CPU_CLONES void add_product(const TileOperand& a, const float* b, std::int64_t n, float* c) {
    std::int64_t column = 0;
    for (; column + 2 * tile_lanes <= n; column += 2 * tile_lanes) add_columns<2>(a, b + column, n, c + column);
    for (; column < n; column += tile_lanes) add_columns<1>(a, b + column, n, c + column);
}

}  // namespace lexicell
