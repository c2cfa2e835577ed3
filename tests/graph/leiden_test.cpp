#include "lexicell/graph/leiden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/knn.h"
#include "lexicell/graph/modularity.h"

namespace lexicell {
namespace {

struct Edge {
    std::int32_t a, b;
    float weight = 1;
};

CsrMatrix graph_of(std::int32_t nodes, const std::vector<Edge>& edges) {
    DenseMatrix dense(nodes, nodes);
    for (const Edge& e : edges) dense(e.a, e.b) += e.weight, dense(e.b, e.a) = dense(e.a, e.b);
    return to_csr(dense);
}

std::vector<Edge> ring_of_cliques(std::int32_t cliques, std::int32_t size) {
    std::vector<Edge> edges;
    for (std::int32_t c = 0; c < cliques; ++c) {
        for (std::int32_t i = 0; i < size; ++i)
            for (std::int32_t j = i + 1; j < size; ++j) edges.push_back({c * size + i, c * size + j});
        edges.push_back({c * size, (c + 1) % cliques * size + 1});
    }
    return edges;
}

// The largest modularity over all partitions, by enumeration.
double optimum(const CsrMatrix& graph, double resolution) {
    std::vector<std::int32_t> membership(static_cast<std::size_t>(graph.rows));
    double best = -1e9;
    const std::function<void(std::size_t, std::int32_t)> place = [&](std::size_t node, std::int32_t used) {
        if (node == membership.size()) {
            best = std::max(best, modularity(graph, membership, resolution));
            return;
        }
        for (membership[node] = 0; membership[node] <= used; ++membership[node]) {
            const std::int32_t own = membership[node];
            place(node + 1, std::max(used, own + 1));
            membership[node] = own;
        }
    };
    place(0, 0);
    return best;
}

bool clusters_are_connected(const CsrMatrix& graph, const LeidenResult& result) {
    std::set<std::int32_t> entered;
    std::vector<char> seen(static_cast<std::size_t>(graph.rows));
    for (std::int32_t first = 0; first < graph.rows; ++first) {
        if (seen[first]) continue;
        if (!entered.insert(result.membership[first]).second) return false;
        std::vector<std::int32_t> open = {first};
        seen[first] = 1;
        while (!open.empty()) {
            const std::int32_t v = open.back();
            open.pop_back();
            for (const std::int32_t u : graph.row_indices(v))
                if (!seen[u] && result.membership[u] == result.membership[v]) seen[u] = 1, open.push_back(u);
        }
    }
    return true;
}

TEST(Modularity, OfKnownPartitions) {
    const CsrMatrix two_edges = graph_of(4, {{0, 1}, {2, 3}});
    EXPECT_DOUBLE_EQ(modularity(two_edges, std::vector<std::int32_t>{0, 0, 1, 1}), 0.5);
    EXPECT_DOUBLE_EQ(modularity(two_edges, std::vector<std::int32_t>{0, 0, 0, 0}), 0.0);
    EXPECT_DOUBLE_EQ(modularity(two_edges, std::vector<std::int32_t>{0, 1, 2, 3}), -0.25);
    EXPECT_DOUBLE_EQ(modularity(two_edges, std::vector<std::int32_t>{0, 0, 1, 1}, 2.0), 0.0);
    EXPECT_DOUBLE_EQ(modularity(CsrMatrix{.rows = 1, .cols = 1, .indptr = {0, 0}}, std::vector<std::int32_t>{0}), 0.0);
}

TEST(Leiden, ReachesTheOptimumOfSmallGraphs) {
    int reached = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        RandomStream random(seed);
        std::vector<Edge> edges;
        for (std::int32_t a = 0; a < 8; ++a)
            for (std::int32_t b = a; b < 8; ++b)  // self-loops too
                if (random.uniform() < 0.4) edges.push_back({a, b, static_cast<float>(1 + random.below(4))});
        const CsrMatrix graph = graph_of(8, edges);
        const double resolution = seed % 2 ? 1.0 : 0.6;
        const LeidenResult result = leiden(graph, {.resolution = resolution, .restarts = 20});
        const double best = optimum(graph, resolution);
        reached += result.modularity > best - 1e-9;
        EXPECT_GT(result.modularity, best - 0.01) << "seed " << seed;
        EXPECT_NEAR(result.modularity, modularity(graph, result.membership, resolution), 1e-12);
    }
    EXPECT_GE(reached, 38);  // of 40: the method is a heuristic
}

TEST(Leiden, KarateClub) {  // largest modularity 0.4198 (Brandes et al., IEEE TKDE 2008)
    const std::vector<Edge> edges = {
        {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 10}, {0, 11}, {0, 12}, {0, 13}, {0, 17},
        {0, 19}, {0, 21}, {0, 31}, {1, 2}, {1, 3}, {1, 7}, {1, 13}, {1, 17}, {1, 19}, {1, 21}, {1, 30}, {2, 3}, {2,
        7}, {2, 8}, {2, 9}, {2, 13}, {2, 27}, {2, 28}, {2, 32}, {3, 7}, {3, 12}, {3, 13}, {4, 6}, {4, 10}, {5, 6},
        {5, 10}, {5, 16}, {6, 16}, {8, 30}, {8, 32}, {8, 33}, {9, 33}, {13, 33}, {14, 32}, {14, 33}, {15, 32}, {15,
        33}, {18, 32}, {18, 33}, {19, 33}, {20, 32}, {20, 33}, {22, 32}, {22, 33}, {23, 25}, {23, 27}, {23, 29},
        {23, 32}, {23, 33}, {24, 25}, {24, 27}, {24, 31}, {25, 31}, {26, 29}, {26, 33}, {27, 33}, {28, 31}, {28,
        33}, {29, 32}, {29, 33}, {30, 32}, {30, 33}, {31, 32}, {31, 33}, {32, 33}};
    const CsrMatrix graph = graph_of(34, edges);
    const LeidenResult result = leiden(graph, {.restarts = 10});
    EXPECT_NEAR(result.modularity, 0.4197896, 1e-6);
    EXPECT_EQ(result.clusters, 4);
}

TEST(Leiden, ResolutionLimitOfARingOfCliques) {
    const CsrMatrix graph = graph_of(150, ring_of_cliques(30, 5));
    std::vector<std::int32_t> pairs(150);
    for (std::int32_t i = 0; i < 150; ++i) pairs[i] = i / 10;
    const LeidenResult coarse = leiden(graph, {.resolution = 1.0, .restarts = 10});
    EXPECT_LT(coarse.clusters, 20);  // the optimum joins cliques in pairs: the known limit
    EXPECT_GT(coarse.modularity, modularity(graph, pairs) - 1e-3);
    const LeidenResult fine = leiden(graph, {.resolution = 4.0});
    EXPECT_EQ(fine.clusters, 30);
    for (std::int32_t i = 0; i < 150; ++i) EXPECT_EQ(fine.membership[i], fine.membership[i / 5 * 5]);
}

TEST(Leiden, ClustersAreConnectedSortedAndReproducible) {
    RandomStream random(3);
    DenseMatrix points(1200, 8);
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t d = 0; d < 8; ++d) points(i, d) = static_cast<float>(random.normal() + (i % 6 == d ? 3 : 0));
    const CsrMatrix graph = umap_connectivities(knn(points, {.k = 10}));
    double previous = 0;
    for (const double resolution : {0.1, 0.5, 1.0, 2.0, 8.0}) {
        const LeidenResult one = leiden(graph, {.resolution = resolution, .restarts = 3, .seed = 5, .threads = 1});
        const LeidenResult two = leiden(graph, {.resolution = resolution, .restarts = 3, .seed = 5, .threads = 3});
        EXPECT_EQ(one.membership, two.membership);
        EXPECT_TRUE(clusters_are_connected(graph, one)) << resolution;
        std::vector<std::int64_t> size(static_cast<std::size_t>(one.clusters));
        for (const std::int32_t code : one.membership) ++size.at(static_cast<std::size_t>(code));
        EXPECT_TRUE(std::is_sorted(size.rbegin(), size.rend()));
        EXPECT_GT(size.back(), 0);
        EXPECT_GE(one.clusters, previous);
        previous = one.clusters;
        // No node gains by moving to a neighbour's cluster or out of its own.
        std::vector<std::int32_t> changed = one.membership;
        for (std::int32_t v = 0; v < 60; ++v) {
            for (const std::int32_t u : graph.row_indices(v)) {
                changed[v] = one.membership[u];
                EXPECT_LE(modularity(graph, changed, resolution), one.modularity + 1e-9);
            }
            changed[v] = one.clusters;
            EXPECT_LE(modularity(graph, changed, resolution), one.modularity + 1e-9);
            changed[v] = one.membership[v];
        }
    }
}

TEST(Leiden, DegenerateGraphs) {
    EXPECT_EQ(leiden(CsrMatrix{}).clusters, 0);
    const LeidenResult isolated = leiden(graph_of(3, {}));
    EXPECT_EQ(isolated.membership, (std::vector<std::int32_t>{0, 1, 2}));
    const LeidenResult parts = leiden(graph_of(5, {{0, 1}, {2, 3}}));
    EXPECT_EQ(parts.membership, (std::vector<std::int32_t>{0, 0, 1, 1, 2}));
}

TEST(Leiden, RefusesWhatIsNotAnUndirectedWeightedGraph) {
    const auto kind_of = [](const CsrMatrix& graph) {
        try {
            leiden(graph);
        } catch (const Error& error) {
            return error.detail().type;
        }
        return std::string("accepted");
    };
    DenseMatrix directed(3, 3);
    directed(0, 1) = 1;
    EXPECT_EQ(kind_of(to_csr(directed)), "asymmetric-graph");
    EXPECT_EQ(kind_of(graph_of(3, {{0, 1, -1.0f}})), "bad-edge-weight");
}

}  // namespace
}  // namespace lexicell
