#pragma once
// The hot loops of exact kNN: a tile of inner products and its scan, with the widest vectors the machine has.

#include <cstdint>

namespace lexicell {

inline constexpr int tile_rows = 6;   // points of one packed row panel
inline constexpr int tile_cols = 32;  // points of one packed column panel

// out[r][c] = row_norm[r] + col_norm[c] - 2 <row r, column c>, row-major, row_panels * tile_rows rows of
// col_panels * tile_cols entries. Panels are packed as [panel][dimension][tile_rows], [panel][dimension][tile_cols].
void score_tile(const float* rows, const float* row_norm, std::int64_t row_panels,
                const float* cols, const float* col_norm, std::int64_t col_panels,
                std::int64_t dimensions, float* out);

// Positions of the scores (count: a multiple of 16) that are at most `limit` or at most their own entry of `limits`;
// returns how many. `hits` has room for `count`.
int scan_tile_row(const float* scores, float limit, const float* limits, int count, std::int32_t* hits);

}  // namespace lexicell
