#include "lexicell/metrics/choose_resolution.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/adjusted_rand_index.h"

namespace lexicell {
namespace {

struct Subsample {
    std::vector<std::int64_t> cells;  // ascending
    CsrMatrix graph;                  // induced
};

Subsample draw(const CsrMatrix& adjacency, double share, std::uint64_t key, std::uint64_t number) {
    RandomStream random(key, number);
    Subsample out{.cells = random_permutation(adjacency.rows, random)};
    out.cells.resize(static_cast<std::size_t>(std::llround(share * static_cast<double>(adjacency.rows))));
    std::sort(out.cells.begin(), out.cells.end());
    out.graph = take_cols(take_rows(adjacency, out.cells), out.cells);
    return out;
}

}  // namespace

ChooseResolutionResult choose_resolution(const CsrMatrix& adjacency, const ChooseResolutionOptions& options, Sink& sink) {
    LEXICELL_ASSERT(!options.resolutions.empty() && options.subsamples > 0, "nothing to choose from");
    LEXICELL_ASSERT(options.share > 0 && options.share <= 1, "a share of the cells");
    const std::uint64_t key = random_key(options.seed, 0x73746162);
    std::vector<Subsample> subsamples(static_cast<std::size_t>(options.subsamples));
    parallel_for(options.subsamples, 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t s = begin; s < end; ++s) subsamples[s] = draw(adjacency, options.share, key, static_cast<std::uint64_t>(s));
    });

    // One task a resolution and subsample; the last of each resolution clusters all cells.
    const std::int64_t per_resolution = options.subsamples + 1;
    const auto tasks = static_cast<std::int64_t>(options.resolutions.size()) * per_resolution;
    std::vector<LeidenResult> found(static_cast<std::size_t>(tasks));
    std::mutex mutex;
    std::uint64_t done = 0;
    bool stopped = false;
    parallel_for(tasks, 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t task = begin; task < end; ++task) {
            if (const std::lock_guard lock(mutex); stopped || (stopped = sink.stop_requested())) return;
            const std::int64_t s = task % per_resolution;
            LeidenOptions leiden_options{.resolution = options.resolutions[task / per_resolution], .seed = options.seed};
            const bool whole = s == options.subsamples;
            if (whole) leiden_options.restarts = options.restarts;
            found[task] = leiden(whole ? adjacency : subsamples[s].graph, leiden_options);
            const std::lock_guard lock(mutex);
            sink.progress({.stage = "resolution", .done = ++done, .total = static_cast<std::uint64_t>(tasks)});
        }
    });
    if (stopped) throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "stopped while choosing a resolution"});

    ChooseResolutionResult result;
    double best = -1;
    for (std::size_t r = 0; r < options.resolutions.size(); ++r) {
        const LeidenResult* const of_resolution = found.data() + static_cast<std::int64_t>(r) * per_resolution;
        const LeidenResult& whole = of_resolution[options.subsamples];
        ResolutionStability row{.resolution = options.resolutions[r], .clusters = whole.clusters, .lowest = 1};
        for (int s = 0; s < options.subsamples; ++s) {
            std::vector<std::int32_t> expected;
            for (const std::int64_t cell : subsamples[s].cells) expected.push_back(whole.membership[cell]);
            const double agreement = adjusted_rand_index(expected, of_resolution[s].membership);
            row.stability += agreement / options.subsamples;
            row.lowest = std::min(row.lowest, agreement);
        }
        if (row.clusters > 1) best = std::max(best, row.stability);
        result.rows.push_back(row);
    }
    for (std::size_t r = 0; r < result.rows.size(); ++r)
        if (result.rows[r].clusters > 1 && result.rows[r].stability >= best - options.tolerance) result.chosen = r;
    result.clustering = std::move(found[static_cast<std::int64_t>(result.chosen) * per_resolution + options.subsamples]);
    return result;
}

}  // namespace lexicell
