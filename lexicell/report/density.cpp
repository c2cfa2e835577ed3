#include "lexicell/report/density.h"

#include <algorithm>
#include <cmath>

namespace lexicell {

double quantile(std::span<const double> ascending, double q) {
    const double place = q * static_cast<double>(ascending.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, ascending.size() - 1);
    return ascending[below] + (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

Density density(std::span<const double> values, int points) {
    if (values.empty()) return {};
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    const double low = sorted.front(), high = sorted.back();
    if (low == high) return {{low}, {1}};
    const auto n = static_cast<double>(sorted.size());
    double mean = 0, square = 0;
    for (const double v : sorted) mean += v / n;
    for (const double v : sorted) square += (v - mean) * (v - mean) / n;
    const double iqr = quantile(sorted, 0.75) - quantile(sorted, 0.25);
    const double spread = iqr > 0 ? std::min(std::sqrt(square), iqr / 1.34) : std::sqrt(square);
    const double step = (high - low) / (points - 1);
    // A kernel narrower than the grid would show the grid.
    const double bandwidth = std::max(0.9 * spread * std::pow(n, -0.2), step);

    std::vector<double> bins(points);
    for (const double v : sorted) {
        const double place = (v - low) / step;
        const int left = std::min(static_cast<int>(place), points - 2);
        bins[left] += 1 - (place - left);
        bins[left + 1] += place - left;
    }
    Density result{std::vector<double>(points), std::vector<double>(points)};
    for (int i = 0; i < points; ++i) {
        result.at[i] = i == points - 1 ? high : low + i * step;
        for (int j = 0; j < points; ++j) {
            const double z = (i - j) * step / bandwidth;
            result.value[i] += bins[j] * std::exp(-0.5 * z * z);
        }
    }
    const double peak = *std::ranges::max_element(result.value);
    for (double& v : result.value) v /= peak;
    return result;
}

}  // namespace lexicell
