#pragma once
// The factor of the inner product that ties cells and genes (scilama.md 4.1, 4.3): factor * <cell, gene> + bias.

#include <cmath>
#include <cstdint>

namespace lexicell {

enum class DotScale {
    none,  // the published model: the first loss is about 100 a gene
    sqrt,  // 1 / sqrt(width): the logits start with variance about 1
};

inline double dot_factor(DotScale scale, std::int64_t width) {
    return scale == DotScale::sqrt ? 1.0 / std::sqrt(static_cast<double>(width)) : 1.0;
}

}  // namespace lexicell
