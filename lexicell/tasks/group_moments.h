#pragma once
// Moments of one gene in every group, from its nonzero entries only.

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace lexicell {

struct Moments {
    std::int64_t cells = 0, expressing = 0;
    double mean = 0, squares = 0;  // squares: sum of squared deviations from the mean

    double variance() const { return cells > 1 ? squares / static_cast<double>(cells - 1) : std::nan(""); }
};

// Both samples together (Chan, Golub & LeVeque 1983).
Moments pooled(const Moments& a, const Moments& b);

// One entry a group of `sizes`; `groups[i]` is the group of the i-th nonzero value.
std::vector<Moments> group_moments(std::span<const float> values, std::span<const std::int32_t> groups,
                                   std::span<const std::int64_t> sizes);

}  // namespace lexicell
