#include "lexicell/metrics/resolution_sweep.h"

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/graph/leiden.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/mutual_information.h"

namespace lexicell {

std::vector<double> resolution_range(double first, double last, double step) {
    LEXICELL_ASSERT(step > 0, "a range needs a positive step");
    std::vector<double> range;
    const auto steps = static_cast<std::int64_t>(std::floor((last - first) / step + 1e-9));
    for (std::int64_t i = 0; i <= steps; ++i) range.push_back(std::round((first + static_cast<double>(i) * step) * 1e9) / 1e9);
    return range;
}

ResolutionSweepResult resolution_sweep(const CsrMatrix& adjacency, std::span<const std::int32_t> labels, const ResolutionSweepOptions& options) {
    ResolutionSweepResult result;
    result.rows.resize(options.resolutions.size());
    parallel_for(static_cast<std::int64_t>(result.rows.size()), 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            LeidenResult clusters = leiden(adjacency, {.resolution = options.resolutions[r], .restarts = options.restarts, .seed = options.seed});
            result.rows[r] = {.resolution = options.resolutions[r],
                              .clusters = clusters.clusters,
                              .nmi = normalized_mutual_information(labels, clusters.membership),
                              .ari = adjusted_rand_index(labels, clusters.membership),
                              .membership = std::move(clusters.membership)};
        }
    });
    for (std::size_t r = 1; r < result.rows.size(); ++r)
        if (result.rows[r].nmi > result.rows[result.best].nmi) result.best = r;
    return result;
}

}  // namespace lexicell
