#include "lexicell/metrics/multiple_testing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace lexicell {
namespace {

std::vector<double> without_nan(std::span<const double> p) {
    std::vector<double> out(p.begin(), p.end());
    for (double& value : out)
        if (std::isnan(value)) value = 1;
    return out;
}

std::vector<std::size_t> ascending(const std::vector<double>& p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    return order;
}

}  // namespace

std::vector<double> bonferroni(std::span<const double> p) {
    std::vector<double> q = without_nan(p);
    for (double& value : q) value = std::min(1.0, value * static_cast<double>(p.size()));
    return q;
}

std::vector<double> holm(std::span<const double> p) {
    std::vector<double> q = without_nan(p);
    double largest = 0;
    std::size_t left = q.size();
    for (const std::size_t i : ascending(q)) {
        largest = std::max(largest, std::min(1.0, q[i] * static_cast<double>(left--)));
        q[i] = largest;
    }
    return q;
}

std::vector<double> benjamini_yekutieli(std::span<const double> p) {
    std::vector<double> q = without_nan(p);
    const std::vector<std::size_t> order = ascending(q);
    double harmonic = 0;
    for (std::size_t i = 1; i <= q.size(); ++i) harmonic += 1 / static_cast<double>(i);
    double smallest = 1;
    for (std::size_t rank = order.size(); rank-- > 0;) {
        smallest = std::min(smallest, q[order[rank]] * harmonic * (static_cast<double>(q.size()) / static_cast<double>(rank + 1)));
        q[order[rank]] = smallest;
    }
    return q;
}

}  // namespace lexicell
