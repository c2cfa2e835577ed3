#pragma once
// Agreement of two partitions counted over pairs of cells. Codes below 0 are missing: such cells are left out.

#include <cstdint>
#include <span>

namespace lexicell {

// Pairs of cells by whether they are together in the first and in the second partition (unordered pairs).
struct PairCounts {
    double both = 0, only_first = 0, only_second = 0, neither = 0;
};
PairCounts pair_counts(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

// Hubert & Arabie 1985: 1 for equal partitions, 0 expected for random ones of the same sizes, can be negative.
double adjusted_rand_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

// Rand 1971: share of pairs that agree, in [0, 1].
double rand_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

// Fowlkes & Mallows 1983: geometric mean of the pairwise precision and recall, in [0, 1].
double fowlkes_mallows_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

}  // namespace lexicell
