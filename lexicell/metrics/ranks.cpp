#include "lexicell/metrics/ranks.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace lexicell {

std::vector<double> mean_ranks(std::span<const double> values, std::vector<double>* ties) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
        for (end = begin; end < order.size() && values[order[end]] == values[order[begin]];) ++end;
        for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
        if (ties) ties->push_back(static_cast<double>(end - begin));
    }
    return ranks;
}

}  // namespace lexicell
