#include "lexicell/metrics/benjamini_hochberg.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace lexicell {

std::vector<double> benjamini_hochberg(std::span<const double> p) {
    std::vector<double> q(p.begin(), p.end());
    for (double& value : q)
        if (std::isnan(value)) value = 1;
    std::vector<std::size_t> order(q.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return q[a] < q[b]; });
    double smallest = 1;
    for (std::size_t rank = order.size(); rank-- > 0;) {
        double& value = q[order[rank]];
        smallest = std::min(smallest, value * (static_cast<double>(q.size()) / static_cast<double>(rank + 1)));
        value = smallest;
    }
    return q;
}

}  // namespace lexicell
