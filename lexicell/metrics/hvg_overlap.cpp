#include "lexicell/metrics/hvg_overlap.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "lexicell/base/error.h"

namespace lexicell {

Score hvg_overlap(const std::vector<std::vector<std::int64_t>>& before, const std::vector<std::vector<std::int64_t>>& after) {
    LEXICELL_ASSERT(before.size() == after.size(), "the same batches");
    double sum = 0;
    std::int64_t batches = 0;
    for (std::size_t b = 0; b < before.size(); ++b) {
        const std::set<std::int64_t> first(before[b].begin(), before[b].end()), second(after[b].begin(), after[b].end());
        if (first.empty() || second.empty()) continue;
        std::vector<std::int64_t> both;
        std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
        sum += static_cast<double>(both.size()) / static_cast<double>(std::min(first.size(), second.size()));
        ++batches;
    }
    if (batches == 0) return Score::not_available("no batch has variable genes");
    return sum / static_cast<double>(batches);
}

}  // namespace lexicell
