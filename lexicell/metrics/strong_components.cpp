#include "lexicell/metrics/strong_components.h"

#include <algorithm>

#include "lexicell/base/error.h"

namespace lexicell {

StrongComponents strong_components(const CsrMatrix& graph, std::span<const std::int32_t> groups) {
    LEXICELL_ASSERT(groups.empty() || graph.rows == static_cast<std::int64_t>(groups.size()), "one group a node");
    const auto nodes = static_cast<std::size_t>(graph.rows);
    const auto group = [&](std::int64_t node) { return groups.empty() ? 0 : groups[node]; };
    StrongComponents out{.component = std::vector<std::int32_t>(nodes, -1)};
    std::vector<std::int64_t> found(nodes, -1), lowest(nodes), next(nodes), open, path;
    std::int64_t clock = 0;
    for (std::int64_t root = 0; root < graph.rows; ++root) {
        if (group(root) < 0 || found[root] >= 0) continue;
        path.push_back(root);
        while (!path.empty()) {
            const std::int64_t node = path.back();
            if (found[node] < 0) {
                found[node] = lowest[node] = clock++;
                next[node] = graph.indptr[node];
                open.push_back(node);
            }
            bool deeper = false;
            while (!deeper && next[node] < graph.indptr[node + 1]) {
                const std::int64_t to = graph.indices[next[node]];
                if (group(to) != group(node)) {
                    ++next[node];
                } else if (found[to] < 0) {
                    path.push_back(to);  // this edge is looked at again on the way back
                    deeper = true;
                } else {
                    if (out.component[to] < 0) lowest[node] = std::min(lowest[node], lowest[to]);
                    ++next[node];
                }
            }
            if (deeper) continue;
            path.pop_back();
            if (lowest[node] != found[node]) continue;
            const auto number = static_cast<std::int32_t>(out.sizes.size());
            out.sizes.push_back(0);
            for (std::int64_t member = -1; member != node;) {
                member = open.back();
                open.pop_back();
                out.component[member] = number;
                ++out.sizes[number];
            }
        }
    }
    return out;
}

}  // namespace lexicell
