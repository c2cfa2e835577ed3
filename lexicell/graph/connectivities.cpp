#include "lexicell/graph/connectivities.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "lexicell/base/parallel.h"

namespace lexicell {
namespace {

constexpr std::int64_t grain = 512;


double rounded(double weight) { return std::max(std::nearbyint(weight * 0x1p20), 1.0) * 0x1p-20; }

CsrMatrix directed(const KnnGraph& graph, std::span<const float> values) {
    CsrMatrix matrix{.rows = graph.points, .cols = graph.points};
    matrix.indptr.reserve(static_cast<std::size_t>(graph.points + 1));
    matrix.indices.resize(graph.indices.size());
    matrix.values.resize(graph.indices.size());
    std::vector<std::pair<std::int32_t, float>> row(static_cast<std::size_t>(graph.k));
    for (std::int64_t i = 0; i < graph.points; ++i) {
        for (int n = 0; n < graph.k; ++n) row[n] = {graph.neighbours(i)[n], values[i * graph.k + n]};
        std::sort(row.begin(), row.end());
        for (int n = 0; n < graph.k; ++n) std::tie(matrix.indices[i * graph.k + n], matrix.values[i * graph.k + n]) = row[n];
        matrix.indptr.push_back((i + 1) * graph.k);
    }
    return matrix;
}

// Merges every directed edge with its opposite: `join(forward, backward)`, 0 where there is none.
template <class Join>
CsrMatrix symmetric(const KnnGraph& graph, std::span<const float> weights, const Join& join) {
    const CsrMatrix forward = directed(graph, weights), backward = transpose(forward);
    CsrMatrix out{.rows = graph.points, .cols = graph.points};
    for (std::int64_t i = 0; i < graph.points; ++i) {
        const auto fi = forward.row_indices(i), bi = backward.row_indices(i);
        const auto fv = forward.row_values(i), bv = backward.row_values(i);
        for (std::size_t f = 0, b = 0; f < fi.size() || b < bi.size();) {
            const bool has_forward = b == bi.size() || (f < fi.size() && fi[f] <= bi[b]);
            const bool has_backward = f == fi.size() || (b < bi.size() && bi[b] <= fi[f]);
            out.indices.push_back(has_forward ? fi[f] : bi[b]);
            const double weight = join(has_forward ? fv[f] : 0.0, has_backward ? bv[b] : 0.0);
            out.values.push_back(static_cast<float>(rounded(weight)));
            f += has_forward, b += has_backward;
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

struct Kernel {
    double nearest;    // rho: distances up to here have weight 1
    double bandwidth;  // sigma
};

Kernel fit_kernel(std::span<const float> distances, double overall_mean) {
    const auto k = static_cast<double>(distances.size() + 1);  // with the point itself, as the reference counts
    double nearest = 0, mean = 0;
    for (const float distance : distances) {
        if (nearest == 0) nearest = distance;  // the smallest that is not 0
        mean += distance / k;
    }
    // Bisection for sum_j exp(-(d_j - rho) / sigma) = log2 k; tolerance and number of steps are the reference's.
    const double target = std::log2(k);
    double low = 0, high = std::numeric_limits<double>::infinity(), sigma = 1;
    for (int step = 0; step < 64; ++step) {
        double sum = 0;
        for (const float distance : distances) sum += distance > nearest ? std::exp(-(distance - nearest) / sigma) : 1.0;
        if (std::abs(sum - target) < 1e-5) break;
        (sum > target ? high : low) = sigma;
        sigma = std::isinf(high) ? sigma * 2 : (low + high) / 2;
    }
    return {.nearest = nearest, .bandwidth = std::max(sigma, 1e-3 * (nearest > 0 ? mean : overall_mean))};
}

}  // namespace

CsrMatrix umap_connectivities(const KnnGraph& graph, int threads) {
    double overall_mean = 0;
    for (const float distance : graph.distances) overall_mean += distance;
    overall_mean /= std::max(1.0, static_cast<double>(graph.points * (graph.k + 1)));
    std::vector<float> weights(graph.indices.size());
    parallel_for(graph.points, grain, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::span<const float> distances = graph.distances_of(i);
            const Kernel kernel = fit_kernel(distances, overall_mean);
            for (int n = 0; n < graph.k; ++n) {
                const double excess = distances[n] - kernel.nearest;
                weights[i * graph.k + n] = static_cast<float>(
                    excess <= 0 || kernel.bandwidth == 0 ? 1.0 : std::exp(-excess / kernel.bandwidth));
            }
        }
    });
    return symmetric(graph, weights, [](double a, double b) { return a + b - a * b; });
}

CsrMatrix snn_connectivities(const KnnGraph& graph, int threads) {
    std::vector<std::vector<std::int32_t>> hoods(static_cast<std::size_t>(graph.points));
    for (std::int64_t i = 0; i < graph.points; ++i) {
        hoods[i].assign(graph.neighbours(i).begin(), graph.neighbours(i).end());
        hoods[i].push_back(static_cast<std::int32_t>(i));
        std::sort(hoods[i].begin(), hoods[i].end());
    }
    std::vector<float> weights(graph.indices.size());
    parallel_for(graph.points, grain, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int32_t> common;
        for (std::int64_t i = begin; i < end; ++i)
            for (int n = 0; n < graph.k; ++n) {
                const auto& mine = hoods[i];
                const auto& other = hoods[graph.neighbours(i)[n]];
                common.clear();
                std::set_intersection(mine.begin(), mine.end(), other.begin(), other.end(), std::back_inserter(common));
                const auto shared = static_cast<double>(common.size());
                weights[i * graph.k + n] = static_cast<float>(shared / (static_cast<double>(mine.size() + other.size()) - shared));
            }
    });
    return symmetric(graph, weights, [](double a, double b) { return std::max(a, b); });
}

CsrMatrix distance_matrix(const KnnGraph& graph) { return directed(graph, graph.distances); }

}  // namespace lexicell
