#include "lexicell/tasks/group_moments.h"

namespace lexicell {

Moments pooled(const Moments& a, const Moments& b) {
    if (a.cells == 0) return b;
    if (b.cells == 0) return a;
    const auto na = static_cast<double>(a.cells), nb = static_cast<double>(b.cells);
    const double difference = b.mean - a.mean;
    return {.cells = a.cells + b.cells,
            .expressing = a.expressing + b.expressing,
            .mean = a.mean + difference * nb / (na + nb),
            .squares = a.squares + b.squares + difference * difference * na * nb / (na + nb)};
}

std::vector<Moments> group_moments(std::span<const float> values, std::span<const std::int32_t> groups,
                                   std::span<const std::int64_t> sizes) {
    std::vector<Moments> moments(sizes.size());
    std::vector<std::int64_t> stored(sizes.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        moments[groups[i]].mean += values[i];
        moments[groups[i]].expressing += values[i] != 0;
        ++stored[groups[i]];
    }
    for (std::size_t g = 0; g < sizes.size(); ++g) {
        moments[g].cells = sizes[g];
        if (sizes[g] > 0) moments[g].mean /= static_cast<double>(sizes[g]);
        moments[g].squares = moments[g].mean * moments[g].mean * static_cast<double>(sizes[g] - stored[g]);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double deviation = values[i] - moments[groups[i]].mean;
        moments[groups[i]].squares += deviation * deviation;
    }
    return moments;
}

}  // namespace lexicell
