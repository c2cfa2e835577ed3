#include "lexicell/graph/pseudotime.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/graph/knn.h"
#include "lexicell/graph/symmetric_eigen.h"

namespace lexicell {

namespace {

struct Edge {
    std::int64_t to;
    double weight;
};
using Edges = std::vector<std::vector<Edge>>;

void connect(std::vector<Edge>& edges, std::int64_t to, double weight) {
    const auto known = std::ranges::find(edges, to, &Edge::to);
    if (known == edges.end()) edges.push_back({to, weight});
    else known->weight = std::max(known->weight, weight);
}

Edges affinities(const KnnGraph& graph) {
    std::vector<double> width(static_cast<std::size_t>(graph.points));
    for (std::int64_t i = 0; i < graph.points; ++i) width[i] = graph.k > 0 ? graph.distances_of(i).back() : 0;
    Edges edges(static_cast<std::size_t>(graph.points));
    for (std::int64_t i = 0; i < graph.points; ++i)
        for (int n = 0; n < graph.k; ++n) {
            const std::int64_t j = graph.neighbours(i)[n];
            const double distance = graph.distances_of(i)[n], scale = width[i] * width[j];
            // Copies of a cell have no width: they are as close as can be.
            const double weight = scale > 0 ? std::exp(-distance * distance / scale) : 1;
            connect(edges[i], j, weight);
            connect(edges[j], i, weight);
        }
    return edges;
}

std::vector<std::int64_t> connected_with(const Edges& edges, std::int64_t root) {
    std::vector<bool> seen(edges.size());
    std::vector<std::int64_t> out = {root};
    seen[root] = true;
    for (std::size_t i = 0; i < out.size(); ++i)
        for (const Edge& edge : edges[out[i]])
            if (!seen[edge.to]) {
                seen[edge.to] = true;
                out.push_back(edge.to);
            }
    std::ranges::sort(out);
    return out;
}

}  // namespace

Pseudotime pseudotime(const DenseMatrix& points, std::int64_t root, const PseudotimeOptions& options) {
    LEXICELL_ASSERT(root >= 0 && root < points.rows, "the root is a cell");
    const Edges edges = affinities(knn(points, {.k = options.neighbours, .threads = options.threads}));
    const std::vector<std::int64_t> cells = connected_with(edges, root);
    const auto size = std::ssize(cells);
    Pseudotime out{.time = std::vector<double>(static_cast<std::size_t>(points.rows), std::numeric_limits<double>::infinity()), .unreachable = points.rows - size};
    if (size == 1) {
        out.time[root] = 0;
        return out;
    }
    std::vector<std::int64_t> place(static_cast<std::size_t>(points.rows), -1);
    std::vector<double> root_of_degree(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
        place[cells[i]] = i;
        for (const Edge& edge : edges[cells[i]]) root_of_degree[i] += edge.weight;
        root_of_degree[i] = std::sqrt(root_of_degree[i]);
    }
    const EigenPairs pairs = largest_eigenpairs(size, std::min<std::int64_t>(options.components, size), [&](std::span<const double> x, std::span<double> y) {
        for (std::int64_t i = 0; i < size; ++i) {
            double sum = 0;
            for (const Edge& edge : edges[cells[i]]) sum += edge.weight * x[place[edge.to]] / root_of_degree[place[edge.to]];
            y[i] = sum / root_of_degree[i];
        }
    });
    std::vector<double> squares(static_cast<std::size_t>(size));
    for (std::size_t c = 1; c < pairs.values.size(); ++c) {
        std::vector<double> psi = pairs.vectors[c];
        double length = 0;
        for (std::int64_t i = 0; i < size; ++i) {
            psi[i] /= root_of_degree[i];
            length += psi[i] * psi[i];
        }
        const double weight = pairs.values[c] / (1 - pairs.values[c]) / std::sqrt(length), at_root = psi[place[root]];
        for (std::int64_t i = 0; i < size; ++i) squares[i] += weight * weight * (psi[i] - at_root) * (psi[i] - at_root);
    }
    const double farthest = std::sqrt(*std::ranges::max_element(squares));
    for (std::int64_t i = 0; i < size; ++i) out.time[cells[i]] = farthest > 0 ? std::sqrt(squares[i]) / farthest : 0;
    return out;
}

std::int64_t medoid(const DenseMatrix& points, std::span<const std::int64_t> members, int threads) {
    if (members.empty()) throw Error(ErrorKind::precondition, {.type = "no-root", .message = "no cell is in the group that the root is sought in"});
    std::vector<double> sums(members.size());
    parallel_for(std::ssize(members), 16, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t a = begin; a < end; ++a)
            for (const std::int64_t other : members) {
                double square = 0;
                for (std::int64_t k = 0; k < points.cols; ++k) {
                    const double difference = static_cast<double>(points(members[a], k)) - points(other, k);
                    square += difference * difference;
                }
                sums[a] += std::sqrt(square);
            }
    });
    return members[std::ranges::min_element(sums) - sums.begin()];
}

}  // namespace lexicell
