#pragma once
// Small random data of the property tests.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "lexicell/base/random.h"
#include "lexicell/data/matrix.h"

namespace lexicell::testing_support {

using Codes = std::vector<std::int32_t>;

inline DenseMatrix random_points(std::int64_t rows, std::int64_t cols, RandomStream& random) {
    DenseMatrix points(rows, cols);
    for (float& value : points.values) value = static_cast<float>(random.normal());
    return points;
}

inline Codes random_codes(std::int64_t size, std::uint64_t classes, RandomStream& random) {
    Codes codes;
    for (std::int64_t i = 0; i < size; ++i) codes.push_back(static_cast<std::int32_t>(random.below(classes)));
    return codes;
}

// Labels stand apart by `apart`, batches by `shift`, unit noise.
struct Cells {
    DenseMatrix points;
    Codes labels, batches;
};

inline Cells planted_cells(std::int64_t rows, std::int64_t cols, std::int32_t labels, std::int32_t batches, float apart, float shift, RandomStream& random) {
    Cells out{.points = random_points(rows, cols, random), .labels = random_codes(rows, static_cast<std::uint64_t>(labels), random),
              .batches = random_codes(rows, static_cast<std::uint64_t>(batches), random)};
    for (std::int64_t i = 0; i < rows; ++i) {
        out.points(i, out.labels[i] % cols) += apart;
        out.points(i, cols - 1) += shift * static_cast<float>(out.batches[i]);
    }
    return out;
}

template <class Value>
std::vector<Value> taken(const std::vector<Value>& values, std::span<const std::int64_t> order) {
    std::vector<Value> out;
    for (const std::int64_t i : order) out.push_back(values[i]);
    return out;
}

// Another name for every code, without changing which cells share one.
inline Codes renamed(const Codes& codes, RandomStream& random) {
    const std::int32_t most = codes.empty() ? 0 : *std::max_element(codes.begin(), codes.end());
    const std::vector<std::int64_t> names = random_permutation(most + 1, random);
    Codes out;
    for (const std::int32_t code : codes) out.push_back(code < 0 ? code : static_cast<std::int32_t>(names[code]));
    return out;
}

}  // namespace lexicell::testing_support
