#include "lexicell/metrics/graph_lisi.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/metrics/lisi.h"

namespace lexicell {
namespace {

using Reached = std::pair<double, std::int32_t>;  // path length, node

// The nearest nodes of `start` without itself, ascending (Dijkstra 1959). `best` is infinite everywhere before and after.
std::vector<Reached> nearest_nodes(const CsrMatrix& graph, std::int64_t start, std::size_t nodes, std::vector<double>& best) {
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
    std::vector<std::int32_t> touched = {static_cast<std::int32_t>(start)};
    std::vector<Reached> found;
    best[start] = 0;
    open.emplace(0.0, static_cast<std::int32_t>(start));
    while (!open.empty() && found.size() < nodes) {
        const auto [length, node] = open.top();
        open.pop();
        if (length > best[node]) continue;
        if (node != start) found.emplace_back(length, node);
        for (std::int64_t e = graph.indptr[node]; e < graph.indptr[node + 1]; ++e) {
            const std::int32_t to = graph.indices[e];
            const double longer = length + graph.values[e];
            if (longer >= best[to]) continue;
            best[to] = longer;
            touched.push_back(to);
            open.emplace(longer, to);
        }
    }
    for (const std::int32_t node : touched) best[node] = std::numeric_limits<double>::infinity();
    return found;
}

}  // namespace

GraphLisi graph_lisi(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                     const GraphLisiOptions& options) {
    LEXICELL_ASSERT(labels.size() == batches.size() && connectivities.rows == static_cast<std::int64_t>(labels.size()), "one label and batch a cell");
    const double perplexity = options.nodes / 3;
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    GraphLisi out{.labels = std::vector<double>(labels.size(), nothing), .batches = std::vector<double>(labels.size(), nothing)};
    std::vector<char> cut(labels.size());
    parallel_for(connectivities.rows, 64, options.threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> best(labels.size(), std::numeric_limits<double>::infinity());
        for (std::int64_t i = begin; i < end; ++i) {
            if (connectivities.indptr[i] == connectivities.indptr[i + 1]) continue;
            const std::vector<Reached> around = nearest_nodes(connectivities, i, static_cast<std::size_t>(options.nodes), best);
            if (static_cast<int>(around.size()) < options.nodes) {
                out.labels[i] = out.batches[i] = 1;
                cut[i] = 1;
                continue;
            }
            std::vector<double> lengths;
            std::vector<std::int32_t> label_codes, batch_codes;
            for (const auto& [length, node] : around) {
                lengths.push_back(length);
                label_codes.push_back(labels[node]);
                batch_codes.push_back(batches[node]);
            }
            out.labels[i] = inverse_simpson(lengths, label_codes, perplexity);
            out.batches[i] = inverse_simpson(lengths, batch_codes, perplexity);
        }
    });
    out.cut_off = std::count(cut.begin(), cut.end(), 1);
    return out;
}

}  // namespace lexicell
