#include "lexicell/metrics/adjusted_rand_index.h"

#include <cmath>

#include "lexicell/metrics/contingency.h"

namespace lexicell {
namespace {

double pairs_of(std::int64_t size) { return static_cast<double>(size) * static_cast<double>(size - 1) / 2; }

}  // namespace

PairCounts pair_counts(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    const Contingency table = contingency(first, second);
    double both = 0, in_first = 0, in_second = 0;
    for (const Contingency::Cell& cell : table.cells) both += pairs_of(cell.count);
    for (const std::int64_t size : table.rows) in_first += pairs_of(size);
    for (const std::int64_t size : table.cols) in_second += pairs_of(size);
    return {.both = both,
            .only_first = in_first - both,
            .only_second = in_second - both,
            .neither = pairs_of(table.total) - in_first - in_second + both};
}

double adjusted_rand_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    const PairCounts n = pair_counts(first, second);
    if (n.only_first == 0 && n.only_second == 0) return 1;
    return 2 * (n.both * n.neither - n.only_first * n.only_second) /
           ((n.both + n.only_first) * (n.only_first + n.neither) + (n.both + n.only_second) * (n.only_second + n.neither));
}

double rand_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    const PairCounts n = pair_counts(first, second);
    const double pairs = n.both + n.only_first + n.only_second + n.neither;
    return pairs > 0 ? (n.both + n.neither) / pairs : 1;
}

double fowlkes_mallows_index(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    const PairCounts n = pair_counts(first, second);
    return n.both > 0 ? std::sqrt(n.both / (n.both + n.only_first)) * std::sqrt(n.both / (n.both + n.only_second)) : 0;
}

}  // namespace lexicell
