// Flavours seurat and cell_ranger: variance over mean, normalised among genes of similar mean.

#include <algorithm>
#include <cmath>

#include "lexicell/prep/hvg_flavors.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMadOfNormal = 0.6744897501960817;  // 75 % quantile of N(0, 1)

// scanpy works on single-precision expm1 values.
double expm1_single(double v) { return static_cast<float>(std::expm1(v)); }

double median(std::vector<double> v) {
    if (v.empty()) return kNaN;
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::ranges::nth_element(v, middle);
    return v.size() % 2 ? *middle : (*middle + *std::max_element(v.begin(), middle)) / 2;
}

// Right-closed bins: the bin of v is the first edge that is not below it. Edges ascend.
std::size_t bin_of(double v, const std::vector<double>& upper_edges) {
    return std::min<std::size_t>(std::ranges::lower_bound(upper_edges, v) - upper_edges.begin(), upper_edges.size() - 1);
}

std::vector<double> equal_width_edges(const std::vector<double>& means, int bins) {
    const auto [low, high] = std::ranges::minmax(means);
    std::vector<double> edges;
    for (int k = 1; k < bins; ++k) edges.push_back(low + (high - low) * k / bins);
    edges.push_back(high);
    return edges;
}

// Percentiles 10, 15, ..., 100 by linear interpolation, equal ones once.
std::vector<double> quantile_edges(std::vector<double> means) {
    std::ranges::sort(means);
    std::vector<double> edges;
    for (int percent = 10; percent <= 100; percent += 5) {
        const double at = percent / 100.0 * static_cast<double>(means.size() - 1);
        const auto below = static_cast<std::size_t>(at);
        const double next = means[std::min(below + 1, means.size() - 1)];
        edges.push_back(means[below] + (next - means[below]) * (at - static_cast<double>(below)));
    }
    edges.push_back(std::numeric_limits<double>::infinity());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return edges;
}

struct Single {
    std::vector<double> means, dispersions, norm;
    std::vector<bool> selected;
};

bool in_bounds(const HvgOptions& o, double mean, double norm) {
    if (std::isnan(norm)) norm = 0;
    return mean > o.min_mean && mean < o.max_mean && norm > o.min_dispersion && norm < o.max_dispersion;
}

// Dispersions of some genes of one batch. genes: which; results in their order.
Single single_batch(const GeneMoments& moments, const std::vector<std::int64_t>& genes, const HvgOptions& options) {
    const bool seurat = options.flavor == HvgFlavor::seurat;
    Single out;
    for (const std::int64_t g : genes) {
        const double mean = moments.mean[g] == 0 ? 1e-12 : moments.mean[g];
        const double dispersion = moments.variance[g] / mean;
        out.means.push_back(seurat ? std::log1p(mean) : mean);
        out.dispersions.push_back(!seurat ? dispersion : dispersion == 0 ? kNaN : std::log(dispersion));
    }
    const std::vector<double> edges = seurat ? equal_width_edges(out.means, options.bins) : quantile_edges(out.means);
    std::vector<std::vector<double>> members(edges.size());
    for (std::size_t i = 0; i < genes.size(); ++i)
        if (!std::isnan(out.dispersions[i])) members[bin_of(out.means[i], edges)].push_back(out.dispersions[i]);

    std::vector<double> centre(edges.size(), kNaN), spread(edges.size(), kNaN);
    for (std::size_t b = 0; b < edges.size(); ++b) {
        std::vector<double>& v = members[b];
        if (v.empty()) continue;
        if (seurat) {
            double mean = 0, squares = 0;
            for (const double d : v) mean += d;
            mean /= static_cast<double>(v.size());
            for (const double d : v) squares += (d - mean) * (d - mean);
            // A gene alone in its bin gets the normalised dispersion 1.
            centre[b] = v.size() == 1 ? 0 : mean;
            spread[b] = v.size() == 1 ? mean : std::sqrt(squares / static_cast<double>(v.size() - 1));
        } else {
            centre[b] = median(v);
            for (double& d : v) d = std::abs(d - centre[b]);
            spread[b] = median(v) / kMadOfNormal;
        }
    }
    for (std::size_t i = 0; i < genes.size(); ++i) {
        const std::size_t b = bin_of(out.means[i], edges);
        out.norm.push_back((out.dispersions[i] - centre[b]) / spread[b]);
    }

    if (options.top) {
        std::vector<double> sorted;
        for (const double v : out.norm)
            if (!std::isnan(v)) sorted.push_back(v);
        std::ranges::sort(sorted, std::greater<>());
        const auto top = std::min<std::size_t>(*options.top, sorted.size());
        const double threshold = top == 0 ? std::numeric_limits<double>::infinity() : sorted[top - 1];
        for (const double v : out.norm) out.selected.push_back(top > 0 && v >= threshold);
    } else {
        for (std::size_t i = 0; i < genes.size(); ++i) out.selected.push_back(in_bounds(options, out.means[i], out.norm[i]));
    }
    return out;
}

// Mean over batches of what is not NaN.
class NanMean {
public:
    explicit NanMean(std::int64_t size) : sum_(size), count_(size) {}
    void add(std::int64_t i, double v) {
        if (std::isnan(v)) return;
        sum_[i] += v;
        ++count_[i];
    }
    std::vector<double> finish() const {
        std::vector<double> out;
        for (std::size_t i = 0; i < sum_.size(); ++i) out.push_back(count_[i] ? sum_[i] / count_[i] : kNaN);
        return out;
    }

private:
    std::vector<double> sum_;
    std::vector<int> count_;
};

}  // namespace

HighlyVariable hvg_by_dispersion(MatrixRef logged, const HvgOptions& options, const BatchRows& batches, bool batched) {
    const std::int64_t genes = logged.cols();
    NanMean means(genes), dispersions(genes), norm(genes);
    HighlyVariable out;
    out.batches.assign(genes, 0);
    for (const auto& rows : batches) {
        const GeneMoments moments = gene_moments(
            logged, {.cells = rows, .transform = options.flavor == HvgFlavor::seurat ? expm1_single : nullptr, .threads = options.threads});
        std::vector<std::int64_t> used;
        for (std::int64_t g = 0; g < genes; ++g) {
            if (!batched || moments.detected[g] > 0) used.push_back(g);
            else means.add(g, 0), dispersions.add(g, 0), norm.add(g, 0);  // not expressed in this batch
        }
        if (used.empty()) continue;
        const Single single = single_batch(moments, used, options);
        for (std::size_t i = 0; i < used.size(); ++i) {
            means.add(used[i], single.means[i]);
            dispersions.add(used[i], single.dispersions[i]);
            norm.add(used[i], single.norm[i]);
            out.batches[used[i]] += single.selected[i];
        }
    }
    out.means = means.finish();
    out.dispersions = dispersions.finish();
    out.dispersions_norm = norm.finish();
    out.selected.assign(genes, false);
    if (!batched) {
        for (std::int64_t g = 0; g < genes; ++g) out.selected[g] = out.batches[g] > 0;
        out.batches.clear();
        return out;
    }
    for (std::int64_t g = 0; g < genes; ++g) out.in_all_batches.push_back(out.batches[g] == static_cast<std::int64_t>(batches.size()));
    if (options.top) {
        const auto key = [&](std::int64_t g) {
            const double v = out.dispersions_norm[g];
            return std::pair(-out.batches[g], std::isnan(v) ? std::numeric_limits<double>::infinity() : -v);
        };
        const auto order = ranked(genes, [&](std::int64_t a, std::int64_t b) { return key(a) < key(b); });
        for (std::int64_t k = 0; k < std::min(*options.top, genes); ++k) out.selected[order[k]] = true;
    } else {
        for (std::int64_t g = 0; g < genes; ++g) {
            if (std::isnan(out.dispersions_norm[g])) out.dispersions_norm[g] = 0;
            out.selected[g] = in_bounds(options, out.means[g], out.dispersions_norm[g]);
        }
    }
    return out;
}

}  // namespace lexicell
