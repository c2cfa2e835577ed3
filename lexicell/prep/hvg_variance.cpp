// Flavours seurat_v3 and seurat_v3_paper: variance of counts standardised by the deviation expected at their mean.

#include <algorithm>
#include <cmath>

#include "lexicell/prep/hvg_flavors.h"
#include "lexicell/prep/loess.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// G: variance of (x - mean) / sd with large values cut at sd * sqrt(n) + mean, sd from the loess.
std::vector<double> standardized_variance(MatrixRef counts, const std::vector<std::int64_t>& rows, const HvgOptions& options) {
    const GeneMoments moments = gene_moments(counts, {.cells = rows, .threads = options.threads});
    const std::size_t genes = moments.mean.size();
    std::vector<double> log_mean, log_variance;
    for (std::size_t g = 0; g < genes; ++g)
        if (moments.variance[g] > 0) {
            log_mean.push_back(std::log10(moments.mean[g]));
            log_variance.push_back(std::log10(moments.variance[g]));
        }
    const std::vector<double> expected = loess(log_mean, log_variance, {.span = options.span, .threads = options.threads});
    const auto n = static_cast<double>(rows.size());
    std::vector<double> variance(genes, 1), limit(genes);
    for (std::size_t g = 0, k = 0; g < genes; ++g) {
        if (moments.variance[g] > 0) variance[g] = std::pow(10.0, expected[k++]);
        limit[g] = std::sqrt(variance[g] * n) + moments.mean[g];
    }
    std::vector<double> sum(genes), squares(genes);
    for (const std::int64_t r : rows)
        counts.for_nonzero(r, [&](std::int64_t g, float value) {
            const double v = std::min<double>(value, limit[g]);
            sum[g] += v;
            squares[g] += v * v;
        });
    for (std::size_t g = 0; g < genes; ++g) {
        const double mean = moments.mean[g];
        // A constant gene gets 0, whatever the rounding leaves.
        variance[g] = moments.variance[g] > 0 && n > 1 ? (n * mean * mean + squares[g] - 2 * sum[g] * mean) / ((n - 1) * variance[g]) : 0;
    }
    return variance;
}

double median(std::vector<double> v) {
    if (v.empty()) return kNaN;
    std::ranges::sort(v);
    return (v[(v.size() - 1) / 2] + v[v.size() / 2]) / 2;
}

}  // namespace

HighlyVariable hvg_by_standardized_variance(MatrixRef counts, const HvgOptions& options, const BatchRows& batches, bool batched) {
    const std::int64_t genes = counts.cols();
    const GeneMoments all = gene_moments(counts, {.threads = options.threads});
    HighlyVariable out{.selected = std::vector<bool>(genes), .means = all.mean, .variances = all.variance,
                       .variances_norm = std::vector<double>(genes), .rank = std::vector<double>(genes),
                       .batches = std::vector<std::int64_t>(genes)};
    std::vector<std::vector<double>> ranks(genes);
    for (const auto& rows : batches) {
        const std::vector<double> variance = standardized_variance(counts, rows, options);
        const auto order = ranked(genes, [&](std::int64_t a, std::int64_t b) { return variance[a] > variance[b]; });
        for (std::int64_t k = 0; k < std::min(*options.top, genes); ++k) {
            ranks[order[k]].push_back(static_cast<double>(k));
            ++out.batches[order[k]];
        }
        for (std::int64_t g = 0; g < genes; ++g) out.variances_norm[g] += variance[g] / static_cast<double>(batches.size());
    }
    for (std::int64_t g = 0; g < genes; ++g) out.rank[g] = median(std::move(ranks[g]));
    const auto key = [&](std::int64_t g) {
        const double rank = std::isnan(out.rank[g]) ? std::numeric_limits<double>::infinity() : out.rank[g];
        const auto batches_in = static_cast<double>(-out.batches[g]);
        return options.flavor == HvgFlavor::seurat_v3 ? std::pair(rank, batches_in) : std::pair(batches_in, rank);
    };
    const auto order = ranked(genes, [&](std::int64_t a, std::int64_t b) { return key(a) < key(b); });
    for (std::int64_t k = 0; k < std::min(*options.top, genes); ++k) out.selected[order[k]] = true;
    if (!batched) out.batches.clear();
    return out;
}

}  // namespace lexicell
