#pragma once
// Branch-free single-precision functions that the compiler turns into vector code inside plain loops; libm's are calls and
// cannot be. Errors are relative, against double precision, over the ranges stated.

#include <algorithm>
#include <bit>
#include <cstdint>

namespace lexicell {

// Nearest integer, |x| < 2^22.
[[gnu::always_inline]] inline float nearest(float x) {
    constexpr float magic = 12582912.0f;  // 1.5 * 2^23: the sum's last bit is worth 1
    return (x + magic) - magic;
}

// e^x, 2e-7; x is clamped to [-87, 88].
[[gnu::always_inline]] inline float exp_lane(float x) {
    x = std::min(std::max(x, -87.0f), 88.0f);
    const float n = nearest(x * 1.44269504089f);
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // |r| <= ln 2 / 2
    const float p = 1.0f + r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
    return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

// ln x for normal x > 0, 3e-7 (absolute near x = 1).
[[gnu::always_inline]] inline float log_lane(float x) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) - 0x3f3504f3u;  // mantissa into [1/sqrt 2, sqrt 2)
    const float exponent = static_cast<float>(static_cast<std::int32_t>(bits) >> 23);
    const float m = std::bit_cast<float>((bits & 0x007fffffu) + 0x3f3504f3u);
    const float s = (m - 1.0f) / (m + 1.0f), s2 = s * s;
    const float ln = 2.0f * s * (1.0f + s2 * (1.0f / 3 + s2 * (1.0f / 5 + s2 * (1.0f / 7 + s2 * (1.0f / 9)))));
    return ln + exponent * 2.12194440e-4f * -1.0f + exponent * 0.693359375f;
}

// ln(1 + x) for x >= 0, 4e-7 also for small x: the rounding of 1 + x is put back.
[[gnu::always_inline]] inline float log1p_lane(float x) {
    const float u = 1.0f + x;
    return log_lane(u) + (x - (u - 1.0f)) / u;
}

}  // namespace lexicell
