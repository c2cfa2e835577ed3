#include "lexicell/nn/noise.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/nn/cpu/cpu_clones.h"
#include "lexicell/nn/cpu/vector_math.h"

namespace lexicell {
namespace {

constexpr int kLanes = 16;  // Philox blocks computed side by side

// Blocks [first, first + kLanes) of one row: words[w][lane]. Same words as philox(key, step << 32 | block, id).
[[gnu::always_inline]] inline void philox_lanes(std::uint64_t key, std::uint32_t step, std::uint64_t id, std::uint32_t first,
                         std::uint32_t (&c)[4][kLanes]) {
    for (int l = 0; l < kLanes; ++l) {
        c[0][l] = static_cast<std::uint32_t>(id);
        c[1][l] = static_cast<std::uint32_t>(id >> 32);
        c[2][l] = first + static_cast<std::uint32_t>(l);
        c[3][l] = step;
    }
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        for (int l = 0; l < kLanes; ++l) {
            const std::uint64_t p0 = 0xD2511F53ull * c[0][l], p1 = 0xCD9E8D57ull * c[2][l];
            c[0][l] = static_cast<std::uint32_t>(p1 >> 32) ^ c[1][l] ^ k0;
            c[1][l] = static_cast<std::uint32_t>(p1);
            c[2][l] = static_cast<std::uint32_t>(p0 >> 32) ^ c[3][l] ^ k1;
            c[3][l] = static_cast<std::uint32_t>(p0);
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

[[gnu::always_inline]] inline float unit(std::uint32_t word) { return (static_cast<float>(word >> 8) + 0.5f) * 0x1.0p-24f; }

// cos and sin of 2 pi v, v in (0, 1), from Taylor polynomials on an eighth of the circle.
[[gnu::always_inline]] inline void turn(float v, float& cosine, float& sine) {
    const float q = nearest(v * 4.0f);  // quarter turns
    const float a = (v * 4.0f - q) * 1.57079632679f, a2 = a * a;
    const float s = a * (1.0f + a2 * (-1.0f / 6 + a2 * (1.0f / 120 + a2 * (-1.0f / 5040 + a2 * (1.0f / 362880)))));
    const float c = 1.0f + a2 * (-0.5f + a2 * (1.0f / 24 + a2 * (-1.0f / 720 + a2 * (1.0f / 40320))));
    const int quarter = static_cast<int>(q) & 3;
    const float x = (quarter & 1) ? -s : c, y = (quarter & 1) ? c : s;
    cosine = (quarter & 2) ? -x : x;
    sine = (quarter & 2) ? -y : y;
}

// Four values a block: out has room for 4 * kLanes.
LEXICELL_CPU_CLONES void normal_lanes(std::uint64_t key, std::uint32_t step, std::uint64_t id, std::uint32_t first,
                                      float* out) {
    std::uint32_t c[4][kLanes];
    philox_lanes(key, step, id, first, c);
    for (int pair = 0; pair < 2; ++pair) {
        for (int l = 0; l < kLanes; ++l) {
            const float radius = std::sqrt(std::max(-2.0f * log_lane(unit(c[2 * pair][l])), 0.0f));
            float cosine, sine;
            turn(unit(c[2 * pair + 1][l]), cosine, sine);
            out[4 * l + 2 * pair] = radius * cosine;
            out[4 * l + 2 * pair + 1] = radius * sine;
        }
    }
}

LEXICELL_CPU_CLONES void uniform_lanes(std::uint64_t key, std::uint32_t step, std::uint64_t id, std::uint32_t first,
                                       float* out) {
    std::uint32_t c[4][kLanes];
    philox_lanes(key, step, id, first, c);
    for (int w = 0; w < 4; ++w)
        for (int l = 0; l < kLanes; ++l) out[4 * l + w] = unit(c[w][l]);
}

// Eight decisions a block, 16 bits each: out has room for 8 * kLanes.
LEXICELL_CPU_CLONES void dropout_lanes(std::uint64_t key, std::uint32_t step, std::uint64_t id, std::uint32_t first,
                                       std::uint32_t threshold, float scale, float* out) {
    std::uint32_t c[4][kLanes];
    philox_lanes(key, step, id, first, c);
    for (int w = 0; w < 4; ++w) {
        for (int l = 0; l < kLanes; ++l) {
            out[8 * l + 2 * w] = (c[w][l] & 0xffffu) >= threshold ? scale : 0.0f;
            out[8 * l + 2 * w + 1] = (c[w][l] >> 16) >= threshold ? scale : 0.0f;
        }
    }
}

// Fills ids x width, row by row, with `fill(id, first block, room for kLanes blocks)`.
template <class Fill>
torch::Tensor fill_rows(const torch::Tensor& ids, std::int64_t width, int values_a_block, const torch::TensorOptions& like,
                        const Fill& fill) {
    const torch::Tensor contiguous = ids.contiguous();
    LEXICELL_ASSERT(ids.scalar_type() == torch::kInt64 && ids.device().is_cpu(), "row ids are int64 on the CPU");
    torch::Tensor out = torch::empty({ids.size(0), width}, torch::kFloat32);
    const std::int64_t* id = contiguous.data_ptr<std::int64_t>();
    float* values = out.data_ptr<float>();
    const std::int64_t step = std::int64_t{kLanes} * values_a_block;
    at::parallel_for(0, ids.size(0), std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(width, 1)),
                     [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> tail(static_cast<std::size_t>(step));
        for (std::int64_t row = begin; row < end; ++row) {
            float* target = values + row * width;
            for (std::int64_t at = 0; at < width; at += step) {
                const auto block = static_cast<std::uint32_t>(at / values_a_block);
                if (at + step <= width) {
                    fill(static_cast<std::uint64_t>(id[row]), block, target + at);
                } else {
                    fill(static_cast<std::uint64_t>(id[row]), block, tail.data());
                    std::copy_n(tail.data(), width - at, target + at);
                }
            }
        }
    });
    return out.to(like);
}

}  // namespace

std::int64_t text_key(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ull;  // FNV-1a, then one mixing round through Philox
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return static_cast<std::int64_t>(random_key(hash, text.size()));
}

torch::Tensor PhiloxNoise::normal(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                  const torch::TensorOptions& like) const {
    const std::uint64_t key = random_key(seed_, static_cast<std::uint64_t>(text_key(site)));
    return fill_rows(ids, width, 4, like, [&](std::uint64_t id, std::uint32_t block, float* out) {
        normal_lanes(key, static_cast<std::uint32_t>(step_), id, block, out);
    });
}

torch::Tensor PhiloxNoise::uniform(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                   const torch::TensorOptions& like) const {
    const std::uint64_t key = random_key(seed_, static_cast<std::uint64_t>(text_key(site)));
    return fill_rows(ids, width, 4, like, [&](std::uint64_t id, std::uint32_t block, float* out) {
        uniform_lanes(key, static_cast<std::uint32_t>(step_), id, block, out);
    });
}

torch::Tensor PhiloxNoise::dropout(std::string_view site, const torch::Tensor& ids, std::int64_t width, double drop,
                                   const torch::TensorOptions& like) const {
    const std::uint64_t key = random_key(seed_, static_cast<std::uint64_t>(text_key(site)));
    const auto threshold = static_cast<std::uint32_t>(std::lround(drop * 65536.0));
    const float scale = 65536.0f / static_cast<float>(65536u - threshold);
    return fill_rows(ids, width, 8, like, [&](std::uint64_t id, std::uint32_t block, float* out) {
        dropout_lanes(key, static_cast<std::uint32_t>(step_), id, block, threshold, scale, out);
    });
}

torch::Tensor SuppliedNoise::normal(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                    const torch::TensorOptions& like) const {
    const auto found = normals_.find(std::string(site));
    LEXICELL_ASSERT(found != normals_.end(), "noise was supplied for every site that is sampled");
    LEXICELL_ASSERT(found->second.size(0) == ids.size(0) && found->second.size(1) == width, "supplied noise fits");
    return found->second.to(like);
}

torch::Tensor SuppliedNoise::uniform(std::string_view site, const torch::Tensor& ids, std::int64_t width,
                                     const torch::TensorOptions& like) const {
    return normal(site, ids, width, like);
}

torch::Tensor SuppliedNoise::dropout(std::string_view, const torch::Tensor& ids, std::int64_t width, double,
                                     const torch::TensorOptions& like) const {
    return torch::ones({ids.size(0), width}, like);
}

}  // namespace lexicell
