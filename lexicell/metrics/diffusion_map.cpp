#include "lexicell/metrics/diffusion_map.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/metrics/strong_components.h"
#include "lexicell/graph/symmetric_eigen.h"

namespace lexicell {
namespace {

std::vector<double> row_sums(const CsrMatrix& graph, std::span<const double> values) {
    std::vector<double> sums(static_cast<std::size_t>(graph.rows));
    for (std::int64_t i = 0; i < graph.rows; ++i)
        for (std::int64_t e = graph.indptr[i]; e < graph.indptr[i + 1]; ++e) sums[i] += values[e];
    return sums;
}

std::vector<double> transitions(const CsrMatrix& graph) {
    std::vector<double> values(graph.values.begin(), graph.values.end());
    const auto divide = [&](const std::vector<double>& by) {
        for (std::int64_t i = 0; i < graph.rows; ++i)
            for (std::int64_t e = graph.indptr[i]; e < graph.indptr[i + 1]; ++e) values[e] /= by[i] * by[graph.indices[e]];
    };
    divide(row_sums(graph, values));
    std::vector<double> roots = row_sums(graph, values);
    for (double& root : roots) root = std::sqrt(root);
    divide(roots);
    return values;
}

}  // namespace

DiffusionMap diffusion_map(const CsrMatrix& graph, std::int64_t components) {
    const std::vector<double> walk = transitions(graph);
    const StrongComponents parts = strong_components(graph);
    std::vector<std::vector<std::int64_t>> members(parts.sizes.size());
    std::vector<std::int64_t> place(static_cast<std::size_t>(graph.rows));  // within the component
    for (std::int64_t i = 0; i < graph.rows; ++i) {
        std::vector<std::int64_t>& part = members[parts.component[i]];
        place[i] = static_cast<std::int64_t>(part.size());
        part.push_back(i);
    }
    DiffusionMap all;
    for (const std::vector<std::int64_t>& cells : members) {
        const EigenPairs pairs = largest_eigenpairs(static_cast<std::int64_t>(cells.size()), components, [&](std::span<const double> x, std::span<double> y) {
            for (std::size_t i = 0; i < cells.size(); ++i) {
                double sum = 0;
                for (std::int64_t e = graph.indptr[cells[i]]; e < graph.indptr[cells[i] + 1]; ++e) sum += walk[e] * x[place[graph.indices[e]]];
                y[i] = sum;
            }
        });
        for (std::size_t p = 0; p < pairs.values.size(); ++p) {
            all.eigenvalues.push_back(pairs.values[p]);
            all.vectors.emplace_back(static_cast<std::size_t>(graph.rows));
            for (std::size_t i = 0; i < cells.size(); ++i) all.vectors.back()[cells[i]] = pairs.vectors[p][i];
        }
    }
    std::vector<std::size_t> order(all.eigenvalues.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::abs(all.eigenvalues[a]) > std::abs(all.eigenvalues[b]); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(std::max<std::int64_t>(components, 0))));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all.eigenvalues[a] > all.eigenvalues[b]; });
    DiffusionMap out;
    for (const std::size_t i : order) {
        out.eigenvalues.push_back(all.eigenvalues[i]);
        out.vectors.push_back(std::move(all.vectors[i]));
    }
    return out;
}

}  // namespace lexicell
