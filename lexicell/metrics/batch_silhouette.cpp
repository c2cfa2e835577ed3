#include "lexicell/metrics/batch_silhouette.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/group_distances.h"
#include "lexicell/metrics/label_cells.h"

namespace lexicell {
namespace {

double distance_to_others(std::span<const double> sums, std::span<const std::int64_t> sizes, std::int32_t own, OtherBatches other) {
    double nearest = std::numeric_limits<double>::infinity(), furthest = 0, sum = 0;
    std::int64_t cells = 0;
    for (std::int32_t b = 0; b < static_cast<std::int32_t>(sums.size()); ++b) {
        if (b == own) continue;
        const double mean = sums[b] / static_cast<double>(sizes[b]);
        nearest = std::min(nearest, mean);
        furthest = std::max(furthest, mean);
        sum += sums[b];
        cells += sizes[b];
    }
    if (other == OtherBatches::nearest) return nearest;
    return other == OtherBatches::furthest ? furthest : sum / static_cast<double>(cells);
}

}  // namespace

BatchSilhouette batch_silhouette(const DenseMatrix& points, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                 const BatchSilhouetteOptions& options) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(labels.size()) && labels.size() == batches.size(), "one label and batch a cell");
    require_finite(points);
    const std::vector<std::vector<std::int64_t>> members = label_cells(labels, batches);
    BatchSilhouette out{.labels = std::vector<double>(members.size(), std::numeric_limits<double>::quiet_NaN())};
    double sum = 0, unscaled = 0;
    std::int64_t scored = 0;
    for (std::size_t label = 0; label < members.size(); ++label) {
        const std::vector<std::int64_t>& cells = members[label];
        const GroupCodes own = compact_codes(batches, cells);
        const auto count = static_cast<std::int32_t>(own.sizes.size());
        if (count < 2 || count >= static_cast<std::int64_t>(cells.size())) continue;
        out.single_cells += std::count(own.sizes.begin(), own.sizes.end(), 1);
        std::vector<double> widths(cells.size());
        for_each_group_distance(take_rows(points, cells), own.codes, count, options.metric, options.threads,
                                [&](std::int64_t i, std::span<const double> sums) {
                                    const std::int32_t batch = own.codes[i];
                                    if (own.sizes[batch] == 1) return;
                                    const double inside = sums[batch] / static_cast<double>(own.sizes[batch] - 1);
                                    const double outside = distance_to_others(sums, own.sizes, batch, options.other);
                                    const double larger = std::max(inside, outside);
                                    widths[i] = larger > 0 ? std::abs(outside - inside) / larger : 0;
                                });
        double mean = 0;
        for (const double width : widths) mean += width / static_cast<double>(cells.size());
        out.labels[label] = 1 - mean;
        sum += 1 - mean, unscaled += mean, ++scored;
    }
    if (scored == 0) {
        out.score = out.unscaled = Score::not_available("no label has several batches and more cells than batches");
        return out;
    }
    out.score = sum / static_cast<double>(scored);
    out.unscaled = unscaled / static_cast<double>(scored);
    return out;
}

}  // namespace lexicell
