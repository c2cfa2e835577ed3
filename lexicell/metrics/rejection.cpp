#include "lexicell/metrics/rejection.h"

#include <algorithm>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/metrics/label_cells.h"

namespace lexicell {

std::vector<std::int32_t> reject_below(std::span<const std::int32_t> predicted, std::span<const double> probability, double threshold) {
    LEXICELL_ASSERT(predicted.size() == probability.size(), "one probability a cell");
    std::vector<std::int32_t> out(predicted.begin(), predicted.end());
    for (std::size_t i = 0; i < out.size(); ++i)
        if (!(probability[i] >= threshold)) out[i] = -1;
    return out;
}

std::vector<std::int32_t> majority_vote(std::span<const std::int32_t> predicted, std::span<const std::int32_t> clusters, double share) {
    LEXICELL_ASSERT(predicted.size() == clusters.size(), "one cluster a cell");
    std::vector<std::int32_t> out(predicted.begin(), predicted.end());
    for (const std::vector<std::int64_t>& cells : label_cells(clusters)) {
        std::map<std::int32_t, std::int64_t> votes;
        for (const std::int64_t cell : cells)
            if (predicted[cell] >= 0) ++votes[predicted[cell]];
        const auto winner = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        const bool clear = winner != votes.end() && static_cast<double>(winner->second) >= share * static_cast<double>(cells.size());
        for (const std::int64_t cell : cells) out[cell] = clear ? winner->first : -1;
    }
    return out;
}

}  // namespace lexicell
