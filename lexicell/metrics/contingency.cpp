#include "lexicell/metrics/contingency.h"

#include <algorithm>
#include <utility>

#include "lexicell/base/error.h"

namespace lexicell {

Contingency contingency(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    LEXICELL_ASSERT(first.size() == second.size(), "two partitions of the same cells");
    std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
    std::vector<std::int32_t> row_codes, col_codes;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (first[i] < 0 || second[i] < 0) continue;
        pairs.emplace_back(first[i], second[i]);
        row_codes.push_back(first[i]);
        col_codes.push_back(second[i]);
    }
    std::sort(pairs.begin(), pairs.end());
    const auto distinct = [](std::vector<std::int32_t>& codes) {
        std::sort(codes.begin(), codes.end());
        codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    };
    distinct(row_codes);
    distinct(col_codes);
    const auto position = [](const std::vector<std::int32_t>& codes, std::int32_t code) {
        return static_cast<std::int32_t>(std::lower_bound(codes.begin(), codes.end(), code) - codes.begin());
    };

    Contingency table{.total = static_cast<std::int64_t>(pairs.size()),
                      .rows = std::vector<std::int64_t>(row_codes.size()),
                      .cols = std::vector<std::int64_t>(col_codes.size())};
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (i == 0 || pairs[i] != pairs[i - 1])
            table.cells.push_back({position(row_codes, pairs[i].first), position(col_codes, pairs[i].second), 0});
        Contingency::Cell& cell = table.cells.back();
        ++cell.count;
        ++table.rows[cell.row];
        ++table.cols[cell.col];
    }
    return table;
}

}  // namespace lexicell
