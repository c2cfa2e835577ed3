#pragma once
// Agreement of two partitions in information (natural logarithms). Codes below 0 are missing: such cells are left out.
// Conventions of scikit-learn: two partitions of one class each, or of no cell, agree fully.

#include <cstdint>
#include <span>

namespace lexicell {

// How the two entropies are averaged; scib and scanpy use the arithmetic mean.
enum class EntropyAverage { arithmetic, geometric, minimum, maximum };

double mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second);  // nats

// I / average(H1, H2), in [0, 1].
double normalized_mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second,
                                     EntropyAverage average = EntropyAverage::arithmetic);

// (I - E[I]) / (mean(H1, H2) - E[I]), E over random partitions of the same sizes (Vinh, Epps & Bailey 2010).
double adjusted_mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second);

// Rosenberg & Hirschberg 2007; I / H(labels) and I / H(clusters).
double homogeneity(std::span<const std::int32_t> labels, std::span<const std::int32_t> clusters);
double completeness(std::span<const std::int32_t> labels, std::span<const std::int32_t> clusters);

}  // namespace lexicell
