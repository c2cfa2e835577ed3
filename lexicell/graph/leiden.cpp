#include "lexicell/graph/leiden.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/modularity.h"

namespace lexicell {
namespace {

using Node = std::int32_t;

// An undirected graph without self-loops; what lies inside an aggregated node only counts in its strength.
struct Graph {
    std::vector<std::int64_t> begin = {0};  // N + 1
    std::vector<Node> target;
    std::vector<double> weight;
    std::vector<double> strength;           // N, self-loops included
    double total = 0;                       // sum of the strengths

    Node nodes() const { return static_cast<Node>(strength.size()); }
};

Graph from(const CsrMatrix& adjacency) {
    Graph graph;
    graph.begin.reserve(adjacency.indptr.size());
    graph.target.reserve(adjacency.indices.size());
    graph.weight.reserve(adjacency.indices.size());
    graph.strength.resize(static_cast<std::size_t>(adjacency.rows));
    for (std::int64_t i = 0; i < adjacency.rows; ++i) {
        const auto columns = adjacency.row_indices(i);
        const auto weights = adjacency.row_values(i);
        for (std::size_t e = 0; e < columns.size(); ++e) {
            graph.strength[i] += weights[e];
            if (columns[e] == i || weights[e] == 0) continue;
            graph.target.push_back(columns[e]);
            graph.weight.push_back(weights[e]);
        }
        graph.begin.push_back(static_cast<std::int64_t>(graph.target.size()));
        graph.total += graph.strength[i];
    }
    return graph;
}

// Renumbers codes to 0, 1, ... in order of first occurrence; returns how many there are.
Node compact(std::vector<Node>& membership) {
    std::vector<Node> name(membership.size(), -1);
    Node next = 0;
    for (Node& code : membership) {
        if (name[code] < 0) name[code] = next++;
        code = name[code];
    }
    return next;
}

// The weight between a node and each community it touches.
class Touching {
public:
    explicit Touching(Node communities) : weight_(static_cast<std::size_t>(communities)), seen_(weight_.size()) {}
    void add(Node community, double weight) {
        if (!seen_[community]) {
            seen_[community] = 1;
            list_.push_back(community);
        }
        weight_[community] += weight;
    }
    double weight(Node community) const { return weight_[community]; }
    const std::vector<Node>& communities() const { return list_; }  // in order of first touch
    void clear() {
        for (const Node community : list_) weight_[community] = 0, seen_[community] = 0;
        list_.clear();
    }

private:
    std::vector<double> weight_;
    std::vector<char> seen_;
    std::vector<Node> list_;
};

std::vector<Node> random_order(Node nodes, RandomStream& random) {
    std::vector<Node> order(static_cast<std::size_t>(nodes));
    std::iota(order.begin(), order.end(), 0);
    shuffle(std::span(order), random);
    return order;
}

// Moves nodes to the community of largest gain until none gains (algorithm A.2, MoveNodesFast). The gain of a node of
// strength s in community c is w(node, c) - resolution s S_c / total. Returns whether anything moved.
bool move_nodes(const Graph& graph, double resolution, std::vector<Node>& membership, RandomStream& random) {
    const Node nodes = graph.nodes();
    std::vector<double> strength(static_cast<std::size_t>(nodes));
    std::vector<Node> size(strength.size()), empty;
    for (Node v = 0; v < nodes; ++v) strength[membership[v]] += graph.strength[v], ++size[membership[v]];
    for (Node c = nodes; c-- > 0;)
        if (size[c] == 0) empty.push_back(c);

    std::vector<Node> queue = random_order(nodes, random);  // a ring: every node is in it at most once
    std::vector<char> queued(strength.size(), 1);
    Touching touching(nodes);
    const double scale = resolution / graph.total;
    const double slack = 1e-12 * graph.total;  // a gain below rounding would move nodes in circles
    std::size_t head = 0;
    bool moved = false;
    for (std::size_t waiting = queue.size(); waiting > 0; --waiting) {
        const Node v = queue[head];
        head = head + 1 == queue.size() ? 0 : head + 1;
        queued[v] = 0;
        const Node own = membership[v];
        strength[own] -= graph.strength[v];
        if (--size[own] == 0) strength[own] = 0;
        for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e) touching.add(membership[graph.target[e]], graph.weight[e]);
        const auto gain = [&](Node c) { return touching.weight(c) - scale * graph.strength[v] * strength[c]; };
        Node best = own;
        double most = gain(own) + slack;
        for (const Node c : touching.communities())
            if (const double g = gain(c); g > most) best = c, most = g;
        if (most < 0 && size[own] > 0) best = empty.back();  // alone is better than anywhere
        touching.clear();
        if (best != own) {
            if (!empty.empty() && best == empty.back()) empty.pop_back();
            if (size[own] == 0) empty.push_back(own);
            membership[v] = best;
            moved = true;
            for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e) {
                const Node u = graph.target[e];
                if (queued[u] || membership[u] == best) continue;
                queued[u] = 1;
                std::size_t tail = head + waiting - 1;
                if (tail >= queue.size()) tail -= queue.size();
                queue[tail] = u;
                ++waiting;
            }
        }
        strength[best] += graph.strength[v];
        ++size[best];
    }
    return moved;
}

// Splits each community into well-connected parts (algorithm A.2, RefinePartition): single nodes join, at most once, a
// part of their own community, drawn with probability exp(gain / temperature) among those that do not lose. Drawing
// instead of taking the best finds partitions that greedy merging misses.
std::vector<Node> refine(const Graph& graph, double resolution, double temperature, const std::vector<Node>& membership,
                         RandomStream& random) {
    const Node nodes = graph.nodes();
    std::vector<Node> part(static_cast<std::size_t>(nodes));
    std::iota(part.begin(), part.end(), 0);
    std::vector<double> whole(part.size()), strength = graph.strength, outward(part.size());
    std::vector<char> single(part.size(), 1);
    for (Node v = 0; v < nodes; ++v) whole[membership[v]] += graph.strength[v];
    for (Node v = 0; v < nodes; ++v)  // weight from a part to the rest of its community
        for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e)
            if (membership[graph.target[e]] == membership[v]) outward[v] += graph.weight[e];
    const double scale = resolution / graph.total;
    const auto well_connected = [&](Node p, Node community) {
        return outward[p] >= scale * strength[p] * (whole[community] - strength[p]);
    };
    Touching touching(nodes);
    std::vector<std::pair<Node, double>> choices;
    for (const Node v : random_order(nodes, random)) {
        if (!single[v] || !well_connected(v, membership[v])) continue;
        for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e)
            if (const Node u = graph.target[e]; membership[u] == membership[v]) touching.add(part[u], graph.weight[e]);
        choices.clear();
        double most = 0;
        for (const Node p : touching.communities()) {
            const double gain = touching.weight(p) - scale * graph.strength[v] * strength[p];
            if (gain < 0 || !well_connected(p, membership[v])) continue;
            choices.emplace_back(p, gain);
            most = std::max(most, gain);
        }
        double sum = 0;
        for (auto& [p, gain] : choices) gain = sum += std::exp((gain - most) / temperature);
        const double draw = choices.size() > 1 ? random.uniform() * sum : 0;
        Node best = v;
        for (const auto& [p, cumulated] : choices)
            if (draw < cumulated) {
                best = p;
                break;
            }
        if (best != v) {
            outward[best] += outward[v] - 2 * touching.weight(best);
            strength[best] += graph.strength[v];
            strength[v] = outward[v] = 0;
            part[v] = best;
            single[best] = 0;  // v itself is no longer single either: nobody names a part after it again
            single[v] = 0;
        }
        touching.clear();
    }
    return part;
}

// One node a part; weights between parts add up, weights inside stay in the strengths.
Graph aggregate(const Graph& graph, const std::vector<Node>& part, Node parts) {
    std::vector<std::int64_t> start(static_cast<std::size_t>(parts) + 1);
    for (const Node p : part) ++start[p + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<Node> members(part.size());
    std::vector<std::int64_t> fill(start.begin(), start.end() - 1);
    for (Node v = 0; v < graph.nodes(); ++v) members[fill[part[v]]++] = v;

    Graph out;
    out.total = graph.total;
    out.strength.resize(static_cast<std::size_t>(parts));
    Touching touching(parts);
    for (Node p = 0; p < parts; ++p) {
        for (std::int64_t m = start[p]; m < start[p + 1]; ++m) {
            const Node v = members[m];
            out.strength[p] += graph.strength[v];
            for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e) touching.add(part[graph.target[e]], graph.weight[e]);
        }
        for (const Node q : touching.communities())
            if (q != p) {
                out.target.push_back(q);
                out.weight.push_back(touching.weight(q));
            }
        touching.clear();
        out.begin.push_back(static_cast<std::int64_t>(out.target.size()));
    }
    return out;
}

// One pass of Leiden from `membership`, which is replaced. Returns whether any node moved.
bool pass(const Graph& original, double resolution, std::vector<Node>& membership, RandomStream& random) {
    Graph graph = original;
    std::vector<Node> place(membership.size());  // the aggregated node that holds each original one
    std::iota(place.begin(), place.end(), 0);
    std::vector<Node> current = membership;
    // In units of weight: 0.01 of the mean strength; between 0.003 and 0.02 the modularity of kNN graphs is the same.
    const double temperature = 0.01 * original.total / original.nodes();
    bool changed = false;
    for (;;) {
        changed |= move_nodes(graph, resolution, current, random);
        const Node communities = compact(current);
        for (std::size_t i = 0; i < membership.size(); ++i) membership[i] = current[place[i]];
        if (communities == graph.nodes()) return changed;
        std::vector<Node> part = refine(graph, resolution, temperature, current, random);
        const Node parts = compact(part);
        if (parts == graph.nodes()) return changed;  // nothing left to aggregate
        std::vector<Node> coarse(static_cast<std::size_t>(parts));
        for (Node v = 0; v < graph.nodes(); ++v) coarse[part[v]] = current[v];
        for (Node& node : place) node = part[node];
        graph = aggregate(graph, part, parts);
        current = std::move(coarse);
    }
}

// Moves between aggregated nodes can leave a cluster in pieces; cutting it never lowers the modularity.
std::vector<Node> connected_parts(const Graph& graph, const std::vector<Node>& membership) {
    std::vector<Node> part(membership.size(), -1), open;
    Node next = 0;
    for (Node first = 0; first < graph.nodes(); ++first) {
        if (part[first] >= 0) continue;
        part[first] = next;
        for (open = {first}; !open.empty();) {
            const Node v = open.back();
            open.pop_back();
            for (std::int64_t e = graph.begin[v]; e < graph.begin[v + 1]; ++e)
                if (const Node u = graph.target[e]; part[u] < 0 && membership[u] == membership[v]) {
                    part[u] = next;
                    open.push_back(u);
                }
        }
        ++next;
    }
    return part;
}

LeidenResult run(const Graph& graph, const CsrMatrix& adjacency, const LeidenOptions& options, std::uint64_t restart) {
    RandomStream random(random_key(options.seed, 0x6c656964), restart);
    LeidenResult result{.membership = std::vector<Node>(static_cast<std::size_t>(graph.nodes()))};
    std::iota(result.membership.begin(), result.membership.end(), 0);
    result.modularity = modularity(adjacency, result.membership, options.resolution);
    std::vector<Node> membership = result.membership;
    while (graph.total > 0 && (!options.iterations || result.iterations < *options.iterations)) {
        const bool changed = pass(graph, options.resolution, membership, random);
        membership = connected_parts(graph, membership);
        ++result.iterations;
        const double quality = modularity(adjacency, membership, options.resolution);
        const bool better = quality > result.modularity + 1e-10;
        if (better) result.membership = membership, result.modularity = quality;
        if (!changed || (!better && !options.iterations)) break;
    }
    return result;
}

void order_by_size(LeidenResult& result) {
    result.clusters = compact(result.membership);
    std::vector<std::int64_t> size(static_cast<std::size_t>(result.clusters));
    for (const Node code : result.membership) ++size[code];
    std::vector<Node> order(size.size()), name(size.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](Node a, Node b) { return size[a] > size[b]; });
    for (std::size_t i = 0; i < order.size(); ++i) name[order[i]] = static_cast<Node>(i);
    for (Node& code : result.membership) code = name[code];
}

void refuse_unfit(const CsrMatrix& adjacency) {
    LEXICELL_ASSERT(adjacency.rows == adjacency.cols, "an adjacency matrix is square");
    const auto refuse = [](std::string type, std::string message) {
        throw Error(ErrorKind::precondition, {.type = std::move(type), .message = std::move(message),
                                              .hint = "compute the neighbour graph again"});
    };
    for (const float weight : adjacency.values)
        if (!(weight >= 0) || std::isinf(weight)) refuse("bad-edge-weight", "clustering needs finite weights that are not negative");
    const CsrMatrix other = transpose(adjacency);
    if (other.indptr != adjacency.indptr || other.indices != adjacency.indices || other.values != adjacency.values)
        refuse("asymmetric-graph", "clustering needs a symmetric graph");
}

}  // namespace

LeidenResult leiden(const CsrMatrix& adjacency, const LeidenOptions& options) {
    refuse_unfit(adjacency);
    const Graph graph = from(adjacency);
    std::vector<LeidenResult> runs(static_cast<std::size_t>(std::max(options.restarts, 1)));
    parallel_for(static_cast<std::int64_t>(runs.size()), 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) runs[r] = run(graph, adjacency, options, static_cast<std::uint64_t>(r));
    });
    LeidenResult best = std::move(*std::max_element(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
        return a.modularity < b.modularity;
    }));
    order_by_size(best);
    return best;
}

}  // namespace lexicell
