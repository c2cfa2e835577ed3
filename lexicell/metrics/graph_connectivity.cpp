#include "lexicell/metrics/graph_connectivity.h"

#include <algorithm>
#include <limits>

#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/strong_components.h"

namespace lexicell {

GraphConnectivity graph_connectivity(const CsrMatrix& graph, std::span<const std::int32_t> labels) {
    const StrongComponents components = strong_components(graph, labels);
    GraphConnectivity out;
    double sum = 0;
    std::int64_t scored = 0;
    for (const std::vector<std::int64_t>& cells : label_cells(labels)) {
        std::int64_t largest = 0;
        for (const std::int64_t cell : cells) largest = std::max(largest, components.sizes[components.component[cell]]);
        out.labels.push_back(cells.empty() ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(largest) / static_cast<double>(cells.size()));
        if (!cells.empty()) sum += out.labels.back(), ++scored;
    }
    out.score = scored > 0 ? Score(sum / static_cast<double>(scored)) : Score::not_available("no cell has a label");
    return out;
}

}  // namespace lexicell
