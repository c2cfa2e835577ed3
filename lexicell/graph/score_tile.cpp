#include "lexicell/graph/score_tile.h"

namespace lexicell {
namespace {

// Vector types rather than intrinsics: one text serves SSE, AVX2 and AVX-512, and other processors.
template <int Width>
[[gnu::always_inline]] inline void score_tile_with(const float* rows, const float* row_norm, std::int64_t row_panels,
                                                   const float* cols, const float* col_norm, std::int64_t col_panels,
                                                   std::int64_t dimensions, float* out) {
    typedef float Vector __attribute__((vector_size(Width * sizeof(float)), aligned(4), may_alias));
    constexpr int lanes = 2;  // vectors a register block is wide; rows x lanes accumulators fit 16 registers
    constexpr int step = lanes * Width;
    const std::int64_t stride = col_panels * tile_cols;
    for (std::int64_t cp = 0; cp < col_panels; ++cp)
        for (int offset = 0; offset < tile_cols; offset += step) {
            const float* const col = cols + cp * dimensions * tile_cols + offset;
            for (std::int64_t rp = 0; rp < row_panels; ++rp) {
                const float* const row = rows + rp * dimensions * tile_rows;
                Vector sum[tile_rows][lanes] = {};
                for (std::int64_t d = 0; d < dimensions; ++d) {
                    Vector b[lanes];
                    for (int l = 0; l < lanes; ++l)
                        b[l] = *reinterpret_cast<const Vector*>(col + d * tile_cols + l * Width);
                    for (int r = 0; r < tile_rows; ++r) {
                        const float a = row[d * tile_rows + r];
                        for (int l = 0; l < lanes; ++l) sum[r][l] += a * b[l];
                    }
                }
                const std::int64_t c0 = cp * tile_cols + offset;
                for (int r = 0; r < tile_rows; ++r)
                    for (int l = 0; l < lanes; ++l) {
                        const Vector norm = *reinterpret_cast<const Vector*>(col_norm + c0 + l * Width);
                        *reinterpret_cast<Vector*>(out + (rp * tile_rows + r) * stride + c0 + l * Width) =
                            (row_norm[rp * tile_rows + r] + norm) - 2.0f * sum[r][l];
                    }
            }
        }
}

[[gnu::always_inline]] inline int scan_tile_row_with(const float* scores, float limit, const float* limits, int count,
                                                     std::int32_t* hits) {
    constexpr int chunk = 16;
    int found = 0;
    for (int begin = 0; begin < count; begin += chunk) {
        int any = 0;  // the usual chunk has no hit, and this loop has no branch
        for (int i = begin; i < begin + chunk; ++i)
            any |= static_cast<int>(scores[i] <= limit) | static_cast<int>(scores[i] <= limits[i]);
        if (!any) continue;
        for (int i = begin; i < begin + chunk; ++i)
            if (scores[i] <= limit || scores[i] <= limits[i]) hits[found++] = i;
    }
    return found;
}

#if defined(__x86_64__)
#define LEXICELL_SCORE_TILE(name, isa, width)                                                                      \
    __attribute__((target(isa))) void score_tile_##name(                                                          \
        const float* rows, const float* row_norm, std::int64_t row_panels, const float* cols, const float* col_norm, \
        std::int64_t col_panels, std::int64_t dimensions, float* out) {                                           \
        score_tile_with<width>(rows, row_norm, row_panels, cols, col_norm, col_panels, dimensions, out);          \
    }                                                                                                             \
    __attribute__((target(isa))) int scan_tile_row_##name(const float* scores, float limit, const float* limits,  \
                                                          int count, std::int32_t* hits) {                        \
        return scan_tile_row_with(scores, limit, limits, count, hits);                                            \
    }
LEXICELL_SCORE_TILE(avx2, "avx2,fma", 8)
LEXICELL_SCORE_TILE(avx512, "avx512f,avx512vl,avx512dq,avx512bw,fma", 16)
#undef LEXICELL_SCORE_TILE

enum class Level { baseline, avx2, avx512 };
Level level() {
    static const Level found = __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") ? Level::avx512
                               : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")       ? Level::avx2
                                                                                                        : Level::baseline;
    return found;
}
#endif

}  // namespace

void score_tile(const float* rows, const float* row_norm, std::int64_t row_panels, const float* cols,
                const float* col_norm, std::int64_t col_panels, std::int64_t dimensions, float* out) {
#if defined(__x86_64__)
    if (level() == Level::avx512)
        return score_tile_avx512(rows, row_norm, row_panels, cols, col_norm, col_panels, dimensions, out);
    if (level() == Level::avx2)
        return score_tile_avx2(rows, row_norm, row_panels, cols, col_norm, col_panels, dimensions, out);
#endif
    score_tile_with<4>(rows, row_norm, row_panels, cols, col_norm, col_panels, dimensions, out);
}

int scan_tile_row(const float* scores, float limit, const float* limits, int count, std::int32_t* hits) {
#if defined(__x86_64__)
    if (level() == Level::avx512) return scan_tile_row_avx512(scores, limit, limits, count, hits);
    if (level() == Level::avx2) return scan_tile_row_avx2(scores, limit, limits, count, hits);
#endif
    return scan_tile_row_with(scores, limit, limits, count, hits);
}

}  // namespace lexicell
