#pragma once
// Counts with the look of real ones: gene rates over three decades, cell depths over one, groups of cells that differ.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/base/random.h"
#include "lexicell/data/matrix.h"

namespace lexicell::testing_support {

inline int poisson(double rate, RandomStream& random) {
    const double limit = std::exp(-rate);
    int k = 0;
    for (double product = random.uniform(); product > limit; product *= random.uniform()) ++k;
    return k;
}

// N x G; the last gene is never seen.
inline CsrMatrix example_counts(std::int64_t cells, std::int64_t genes, std::uint64_t seed = 0) {
    RandomStream random(random_key(seed, 1));
    std::vector<double> rate;
    for (std::int64_t g = 0; g < genes; ++g) rate.push_back(0.02 * std::pow(10.0, 2.2 * random.uniform()));
    CsrMatrix out{.rows = cells, .cols = genes};
    for (std::int64_t r = 0; r < cells; ++r) {
        const double depth = std::pow(10.0, random.uniform() - 0.3);
        for (std::int64_t g = 0; g + 1 < genes; ++g) {
            const double group = g % 7 == r % 3 ? 4 : 1;
            if (const int count = poisson(std::min(rate[g] * depth * group, 200.0), random)) {
                out.indices.push_back(static_cast<std::int32_t>(g));
                out.values.push_back(static_cast<float>(count));
            }
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

inline std::vector<std::string> names(const std::string& prefix, std::int64_t size) {
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < size; ++i) out.push_back(prefix + std::to_string(i));
    return out;
}

inline std::vector<std::int64_t> permutation(std::int64_t size, std::uint64_t seed = 5) {
    RandomStream random(random_key(seed, 2));
    return random_permutation(size, random);
}

// The same matrix with one more gene that is zero everywhere.
inline CsrMatrix with_zero_gene(CsrMatrix x) {
    ++x.cols;
    return x;
}

}  // namespace lexicell::testing_support
