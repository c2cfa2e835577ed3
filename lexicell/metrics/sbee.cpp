#include "lexicell/metrics/sbee.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/graph/knn.h"
#include "lexicell/metrics/distribution_distances.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/lisi.h"

namespace lexicell {
namespace {

double of_cell(const KnnGraph& graph, std::int64_t cell, const GroupCodes& batches, std::span<const double> overall) {
    std::vector<double> mix(overall.size()), own_distances, other_distances;
    ++mix[batches.codes[cell]];
    for (int n = 0; n < graph.k; ++n) {
        const std::int32_t batch = batches.codes[graph.neighbours(cell)[n]];
        ++mix[batch];
        (batch == batches.codes[cell] ? own_distances : other_distances).push_back(graph.distances_of(cell)[n]);
    }
    const double mixing = 1 - jensen_shannon_distance(mix, overall, 2).value;
    const Score own = median_of(own_distances), other = median_of(other_distances);
    if (!own.available() || !other.available() || !(other.value > 0)) return 0;
    const double nearness = std::exp(-std::abs(1 - std::min(1.0, own.value / other.value)) / 0.15);
    return mixing > 0 ? 2 * mixing * nearness / (mixing + nearness) : 0;
}

}  // namespace

Score sbee(const DenseMatrix& points, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches, const SbeeOptions& options) {
    require_finite(points);
    double sum = 0;
    std::int64_t scored = 0;
    for (const std::vector<std::int64_t>& cells : label_cells(labels, batches)) {
        const GroupCodes groups = compact_codes(batches, cells);
        if (groups.sizes.size() < 2) continue;
        const KnnGraph graph = knn(take_rows(points, cells), {.k = options.neighbours - 1, .threads = options.threads});
        const std::vector<double> overall(groups.sizes.begin(), groups.sizes.end());
        double of_label = 0;
        for (std::int64_t i = 0; i < graph.points; ++i)
            of_label += of_cell(graph, i, groups, overall) / static_cast<double>(groups.sizes[groups.codes[i]]);
        sum += of_label / static_cast<double>(groups.sizes.size());
        ++scored;
    }
    if (scored == 0) return Score::not_available("no label has two batches");
    return sum / static_cast<double>(scored);
}

}  // namespace lexicell
