#include "lexicell/tasks/gene_modules.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/knn.h"
#include "lexicell/graph/leiden.h"

namespace lexicell {
namespace {

constexpr std::int32_t unassigned = -1, absent = -2;

DenseMatrix centred_unit_rows(const DenseMatrix& genes) {
    std::vector<double> mean(static_cast<std::size_t>(genes.cols));
    for (std::int64_t j = 0; j < genes.rows; ++j)
        for (std::int64_t k = 0; k < genes.cols; ++k) mean[k] += genes(j, k) / static_cast<double>(genes.rows);
    DenseMatrix out(genes.rows, genes.cols);
    for (std::int64_t j = 0; j < genes.rows; ++j) {
        double square = 0;
        for (std::int64_t k = 0; k < genes.cols; ++k) square += (genes(j, k) - mean[k]) * (genes(j, k) - mean[k]);
        const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
        for (std::int64_t k = 0; k < genes.cols; ++k) out(j, k) = static_cast<float>((genes(j, k) - mean[k]) * scale);
    }
    return out;
}

// Symmetric: an edge wherever one gene is among the other's neighbours.
CsrMatrix cosine_weights(const KnnGraph& graph) {
    std::map<std::pair<std::int32_t, std::int32_t>, float> edges;
    for (std::int64_t i = 0; i < graph.points; ++i)
        for (int n = 0; n < graph.k; ++n) {
            const float cosine = 1 - graph.distances_of(i)[n];
            const auto a = static_cast<std::int32_t>(i), b = graph.neighbours(i)[n];
            if (cosine > 0) edges[{a, b}] = edges[{b, a}] = cosine;
        }
    CsrMatrix out{.rows = graph.points, .cols = graph.points, .indptr = std::vector<std::int64_t>(static_cast<std::size_t>(graph.points + 1))};
    for (const auto& [edge, cosine] : edges) {
        ++out.indptr[edge.first + 1];
        out.indices.push_back(edge.second);
        out.values.push_back(cosine);
    }
    for (std::size_t i = 1; i < out.indptr.size(); ++i) out.indptr[i] += out.indptr[i - 1];
    return out;
}

LeidenResult cluster(const DenseMatrix& unit, const GeneModuleOptions& options, int restarts, std::uint64_t seed) {
    const KnnGraph graph = knn(unit, {.k = options.k, .metric = KnnMetric::cosine, .threads = options.threads});
    const CsrMatrix weights = options.weights == GeneModuleOptions::Weights::snn ? snn_connectivities(graph, options.threads) : cosine_weights(graph);
    LeidenResult result = leiden(weights, {.resolution = options.resolution, .restarts = restarts, .seed = seed, .threads = options.threads});
    std::vector<std::int64_t> size(static_cast<std::size_t>(result.clusters));
    for (const std::int32_t code : result.membership) ++size[code];
    // Clusters come by descending size, so the ones that are too small are the last.
    while (result.clusters > 0 && size[result.clusters - 1] < options.smallest) --result.clusters;
    for (std::int32_t& code : result.membership)
        if (code >= result.clusters) code = unassigned;
    return result;
}

}  // namespace

GeneModules gene_modules(const DenseMatrix& genes, const GeneModuleOptions& options) {
    const DenseMatrix unit = centred_unit_rows(genes);
    LeidenResult found = cluster(unit, options, options.restarts, options.seed);
    std::vector<std::vector<std::int32_t>> repetitions;
    for (int b = 0; b < options.bootstraps; ++b) {
        RandomStream random(random_key(options.seed, 0x6d6f6475), static_cast<std::uint64_t>(b));
        std::vector<std::int64_t> chosen = random_permutation(genes.rows, random);
        chosen.resize(static_cast<std::size_t>(std::llround(options.bootstrap_share * static_cast<double>(genes.rows))));
        std::sort(chosen.begin(), chosen.end());
        const LeidenResult part = cluster(take_rows(unit, chosen), options, 1, random.next64());
        std::vector<std::int32_t>& whole = repetitions.emplace_back(static_cast<std::size_t>(genes.rows), absent);
        for (std::size_t i = 0; i < chosen.size(); ++i) whole[chosen[i]] = part.membership[i];
    }
    GeneModules out{.module = std::move(found.membership), .modules = found.clusters, .modularity = found.modularity};
    out.stability = module_stability(out.module, repetitions);
    return out;
}

std::vector<double> module_stability(std::span<const std::int32_t> reference, std::span<const std::vector<std::int32_t>> others) {
    const std::int32_t modules = reference.empty() ? 0 : std::max(0, *std::max_element(reference.begin(), reference.end()) + 1);
    std::vector<double> stability(static_cast<std::size_t>(modules));
    for (const std::vector<std::int32_t>& other : others) {
        LEXICELL_ASSERT(other.size() == reference.size(), "partitions of the same genes");
        std::map<std::int32_t, std::int64_t> own_size, other_size;
        std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> shared;
        for (std::size_t j = 0; j < reference.size(); ++j) {
            if (other[j] == absent) continue;
            if (reference[j] >= 0) ++own_size[reference[j]];
            if (other[j] >= 0) ++other_size[other[j]];
            if (reference[j] >= 0 && other[j] >= 0) ++shared[{reference[j], other[j]}];
        }
        std::vector<double> best(stability.size());
        for (const auto& [pair, count] : shared)
            best[pair.first] = std::max(best[pair.first], static_cast<double>(count) /
                                                              static_cast<double>(own_size[pair.first] + other_size[pair.second] - count));
        for (std::size_t m = 0; m < best.size(); ++m) stability[m] += best[m] / static_cast<double>(others.size());
    }
    return stability;
}

std::vector<double> module_specificity(const CsrMatrix& expression, std::span<const std::int32_t> module, std::span<const std::int32_t> groups) {
    LEXICELL_ASSERT(expression.cols == static_cast<std::int64_t>(module.size()), "one module a gene");
    LEXICELL_ASSERT(expression.rows == static_cast<std::int64_t>(groups.size()), "one group a cell");
    const std::int32_t modules = module.empty() ? 0 : std::max(0, *std::max_element(module.begin(), module.end()) + 1);
    std::vector<double> sum(static_cast<std::size_t>(modules)), squares(sum.size()), cell(sum.size()), size(sum.size());
    for (const std::int32_t m : module)
        if (m >= 0) ++size[m];
    std::map<std::int32_t, std::pair<double, std::vector<double>>> by_group;  // cells and sums
    double cells = 0;
    for (std::int64_t i = 0; i < expression.rows; ++i) {
        if (groups[i] < 0) continue;
        std::fill(cell.begin(), cell.end(), 0.0);
        const auto columns = expression.row_indices(i);
        const auto values = expression.row_values(i);
        for (std::size_t e = 0; e < columns.size(); ++e)
            if (const std::int32_t m = module[columns[e]]; m >= 0) cell[m] += values[e] / size[m];
        auto& [count, sums] = by_group[groups[i]];
        sums.resize(cell.size());
        ++count, ++cells;
        for (std::size_t m = 0; m < cell.size(); ++m) sum[m] += cell[m], squares[m] += cell[m] * cell[m], sums[m] += cell[m];
    }
    std::vector<double> eta(sum.size());
    for (std::size_t m = 0; m < eta.size() && cells > 0; ++m) {
        const double total = squares[m] - sum[m] * sum[m] / cells;
        double between = -sum[m] * sum[m] / cells;
        for (const auto& [group, entry] : by_group) between += entry.second[m] * entry.second[m] / entry.first;
        eta[m] = total > 1e-12 * squares[m] ? std::clamp(between / total, 0.0, 1.0) : 0;
    }
    return eta;
}

}  // namespace lexicell
