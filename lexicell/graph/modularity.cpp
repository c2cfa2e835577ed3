#include "lexicell/graph/modularity.h"

#include <algorithm>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {

double modularity(const CsrMatrix& adjacency, std::span<const std::int32_t> membership, double resolution) {
    LEXICELL_ASSERT(adjacency.rows == adjacency.cols && adjacency.rows == static_cast<std::int64_t>(membership.size()),
                    "one community a node");
    const std::int32_t communities = membership.empty() ? 0 : *std::max_element(membership.begin(), membership.end()) + 1;
    std::vector<double> strength(static_cast<std::size_t>(communities));
    double inside = 0, total = 0;
    for (std::int64_t i = 0; i < adjacency.rows; ++i) {
        const auto columns = adjacency.row_indices(i);
        const auto weights = adjacency.row_values(i);
        for (std::size_t e = 0; e < columns.size(); ++e) {
            strength[membership[i]] += weights[e];
            total += weights[e];
            if (membership[i] == membership[columns[e]]) inside += weights[e];
        }
    }
    if (total <= 0) return 0;
    double expected = 0;
    for (const double s : strength) expected += s / total * (s / total);
    return inside / total - resolution * expected;
}

}  // namespace lexicell
