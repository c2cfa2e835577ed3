#include "lexicell/metrics/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/square_distance.h"

namespace lexicell {
namespace {

std::vector<double> as_centre(std::span<const float> point) { return {point.begin(), point.end()}; }

using Centres = std::vector<std::vector<double>>;

Centres spread_start(const DenseMatrix& points, std::int32_t clusters, std::uint64_t key, int threads) {
    RandomStream random(key);
    Centres centres = {as_centre(points.row(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(points.rows)))))};
    const auto distances_to = [&](const std::vector<double>& centre, const std::vector<double>& known) {
        std::vector<double> out(known);
        parallel_for(points.rows, 1024, threads, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) out[i] = std::min(out[i], square_distance(points.row(i), centre));
        });
        return out;
    };
    std::vector<double> nearest = distances_to(centres[0], std::vector<double>(static_cast<std::size_t>(points.rows), std::numeric_limits<double>::max()));
    const int trials = 2 + static_cast<int>(std::log(static_cast<double>(clusters)));
    while (static_cast<std::int32_t>(centres.size()) < clusters) {
        std::vector<double> cumulative(nearest.size());
        std::partial_sum(nearest.begin(), nearest.end(), cumulative.begin());
        std::vector<double> best;
        std::int64_t chosen = 0;
        double least = std::numeric_limits<double>::infinity();
        for (int trial = 0; trial < trials; ++trial) {
            const auto drawn = std::upper_bound(cumulative.begin(), cumulative.end(), random.uniform() * cumulative.back()) - cumulative.begin();
            const std::int64_t candidate = std::min<std::int64_t>(drawn, points.rows - 1);
            std::vector<double> with = distances_to(as_centre(points.row(candidate)), nearest);
            const double potential = std::accumulate(with.begin(), with.end(), 0.0);
            if (potential < least) least = potential, best = std::move(with), chosen = candidate;
        }
        centres.push_back(as_centre(points.row(chosen)));
        nearest = std::move(best);
    }
    return centres;
}

// Nearest centre of every point (ties: the first) and the squared distance to it.
void assign(const DenseMatrix& points, const Centres& centres, int threads, std::vector<std::int32_t>& membership, std::vector<double>& distances) {
    parallel_for(points.rows, 256, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            distances[i] = std::numeric_limits<double>::infinity();
            for (std::size_t c = 0; c < centres.size(); ++c)
                if (const double d = square_distance(points.row(i), centres[c]); d < distances[i])
                    distances[i] = d, membership[i] = static_cast<std::int32_t>(c);
        }
    });
}

Centres means_of(const DenseMatrix& points, std::size_t clusters, std::vector<std::int32_t>& membership, std::vector<double>& distances) {
    Centres sums(clusters, std::vector<double>(static_cast<std::size_t>(points.cols)));
    std::vector<std::int64_t> sizes(clusters);
    for (const std::int32_t c : membership) ++sizes[c];
    for (std::size_t c = 0; c < clusters; ++c) {
        if (sizes[c] > 0) continue;
        const auto farthest = std::max_element(distances.begin(), distances.end()) - distances.begin();
        --sizes[membership[farthest]];
        membership[farthest] = static_cast<std::int32_t>(c);
        distances[farthest] = 0;
        ++sizes[c];
    }
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t d = 0; d < points.cols; ++d) sums[membership[i]][d] += points(i, d);
    for (std::size_t c = 0; c < clusters; ++c)
        for (double& value : sums[c]) value /= static_cast<double>(std::max<std::int64_t>(1, sizes[c]));
    return sums;
}

double mean_column_variance(const DenseMatrix& points) {
    double sum = 0;
    for (std::int64_t d = 0; d < points.cols; ++d) {
        double mean = 0, square = 0;
        for (std::int64_t i = 0; i < points.rows; ++i) mean += points(i, d) / static_cast<double>(points.rows);
        for (std::int64_t i = 0; i < points.rows; ++i) square += (points(i, d) - mean) * (points(i, d) - mean);
        sum += square / static_cast<double>(points.rows);
    }
    return points.cols > 0 ? sum / static_cast<double>(points.cols) : 0;
}

// Rows in ascending lexicographic order.
std::vector<std::int64_t> order_of_rows(const DenseMatrix& points) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(points.rows));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return std::lexicographical_compare(points.row(a).begin(), points.row(a).end(), points.row(b).begin(), points.row(b).end());
    });
    return order;
}

}  // namespace

Kmeans kmeans(const DenseMatrix& points, const KmeansOptions& options) {
    LEXICELL_ASSERT(options.clusters > 0, "at least one cluster");
    require_finite(points);
    Kmeans out{.membership = std::vector<std::int32_t>(static_cast<std::size_t>(points.rows)), .centres = DenseMatrix(options.clusters, points.cols)};
    if (points.rows == 0) return out;
    const std::vector<std::int64_t> order = order_of_rows(points);
    const DenseMatrix sorted = take_rows(points, order);
    const auto clusters = static_cast<std::int32_t>(std::min<std::int64_t>(options.clusters, points.rows));
    Centres centres = spread_start(sorted, clusters, random_key(options.seed, 0x6b6d), options.threads);
    std::vector<std::int32_t> membership(order.size());
    std::vector<double> distances(order.size());
    const double enough = options.tolerance * mean_column_variance(points);
    for (;;) {
        assign(sorted, centres, options.threads, membership, distances);
        if (out.iterations == options.iterations) break;
        ++out.iterations;
        Centres moved = means_of(sorted, centres.size(), membership, distances);
        double shift = 0;
        for (std::size_t c = 0; c < centres.size(); ++c)
            for (std::size_t d = 0; d < centres[c].size(); ++d) shift += (moved[c][d] - centres[c][d]) * (moved[c][d] - centres[c][d]);
        centres = std::move(moved);
        if (shift <= enough) {
            assign(sorted, centres, options.threads, membership, distances);
            break;
        }
    }
    for (std::size_t i = 0; i < order.size(); ++i) out.membership[order[i]] = membership[i];
    out.inertia = std::accumulate(distances.begin(), distances.end(), 0.0);
    for (std::size_t c = 0; c < centres.size(); ++c) std::copy(centres[c].begin(), centres[c].end(), out.centres.row(static_cast<std::int64_t>(c)).begin());
    return out;
}

}  // namespace lexicell
