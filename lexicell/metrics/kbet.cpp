#include "lexicell/metrics/kbet.h"

#include <algorithm>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/label_cells.h"

namespace lexicell {

Kbet kbet(const KnnGraph& graph, std::span<const std::int32_t> batches, const KbetOptions& options) {
    LEXICELL_ASSERT(graph.points == static_cast<std::int64_t>(batches.size()), "one batch a cell");
    LEXICELL_ASSERT(std::all_of(batches.begin(), batches.end(), [](std::int32_t code) { return code >= 0; }), "every cell has a batch");
    const GroupCodes groups = compact_codes(batches);
    Kbet out;
    if (groups.sizes.size() < 2) {
        out.acceptance = Score::not_available("fewer than two batches");
        return out;
    }
    if (graph.k == 0) {
        out.acceptance = Score::not_available("no neighbours");
        return out;
    }
    const auto cells = static_cast<double>(graph.points);
    std::vector<double> expected;
    for (const std::int64_t size : groups.sizes) expected.push_back(static_cast<double>(size) / cells * (graph.k + 1));
    out.statistics.resize(batches.size());
    out.p.resize(batches.size());
    parallel_for(graph.points, 512, options.threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> observed(expected.size());
        for (std::int64_t i = begin; i < end; ++i) {
            std::fill(observed.begin(), observed.end(), 0.0);
            ++observed[groups.codes[i]];
            for (const std::int32_t neighbour : graph.neighbours(i)) ++observed[groups.codes[neighbour]];
            double statistic = 0;
            for (std::size_t b = 0; b < expected.size(); ++b) statistic += (observed[b] - expected[b]) * (observed[b] - expected[b]) / expected[b];
            out.statistics[i] = statistic;
            out.p[i] = chi_square_upper_tail(statistic, static_cast<double>(expected.size() - 1));
        }
    });
    const auto accepted = std::count_if(out.p.begin(), out.p.end(), [&](double p) { return p >= options.alpha; });
    out.acceptance = static_cast<double>(accepted) / cells;
    return out;
}

}  // namespace lexicell
