#include "lexicell/prep/qc.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

QcGeneSet set_where(std::string name, std::span<const std::string> symbols, const std::function<bool(const std::string&)>& is_member) {
    QcGeneSet out{.name = std::move(name)};
    for (const std::string& symbol : symbols) out.members.push_back(is_member(upper(symbol)));
    return out;
}

Column log1p_of(const std::vector<double>& values) {
    std::vector<double> out;
    for (const double v : values) out.push_back(std::log1p(v));
    return {.values = std::move(out)};
}

std::vector<double> as_double(const std::vector<std::int64_t>& values) { return {values.begin(), values.end()}; }

}  // namespace

QcGeneSet mitochondrial_genes(std::span<const std::string> symbols) {
    return set_where("mt", symbols, [](const std::string& s) { return s.starts_with("MT-"); });
}

QcGeneSet ribosomal_genes(std::span<const std::string> symbols) {
    return set_where("ribo", symbols, [](const std::string& s) { return s.starts_with("RPS") || s.starts_with("RPL"); });
}

QcGeneSet hemoglobin_genes(std::span<const std::string> symbols) {
    return set_where("hb", symbols, [](const std::string& s) { return s.starts_with("HB") && s.size() > 2 && s[2] != 'P'; });
}

QcMetrics calculate_qc_metrics(MatrixRef counts, std::span<const QcGeneSet> sets, const QcOptions& options) {
    const std::int64_t cells = counts.rows(), genes = counts.cols();
    QcMetrics out{.genes_by_counts = std::vector<std::int64_t>(cells), .total_counts = std::vector<double>(cells)};
    std::vector<std::int64_t> tops = options.top;
    std::ranges::sort(tops);
    for (const std::int64_t n : tops) out.percent_top.emplace_back(n, std::vector<double>(cells));
    for (const QcGeneSet& set : sets) {
        LEXICELL_ASSERT(static_cast<std::int64_t>(set.members.size()) == genes, "a gene set of other genes");
        out.sets.push_back({set.name, std::vector<double>(cells), std::vector<double>(cells)});
    }

    parallel_for(cells, 256, options.threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<float> values;
        for (std::int64_t r = begin; r < end; ++r) {
            values.clear();
            double total = 0;
            counts.for_nonzero(r, [&](std::int64_t gene, float v) {
                values.push_back(v);
                total += v;
                for (std::size_t s = 0; s < sets.size(); ++s)
                    if (sets[s].members[gene]) out.sets[s].counts[r] += v;
            });
            out.genes_by_counts[r] = static_cast<std::int64_t>(values.size());
            out.total_counts[r] = total;
            if (total == 0) continue;
            for (auto& set : out.sets) set.percent[r] = 100 * set.counts[r] / total;
            if (!tops.empty()) {
                const std::size_t largest = std::min<std::size_t>(tops.back(), values.size());
                std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(largest), values.end(), std::greater<>());
                std::size_t k = 0;
                double sum = 0;
                for (auto& [n, percent] : out.percent_top) {
                    for (; k < std::min<std::size_t>(n, values.size()); ++k) sum += values[k];
                    percent[r] = 100 * sum / total;
                }
            }
        }
    });

    const GeneMoments moments = gene_moments(counts, {.threads = options.threads});
    out.cells_by_counts = moments.detected;
    out.mean_counts = moments.mean;
    out.gene_total_counts = moments.sum;
    for (const std::int64_t detected : moments.detected)
        out.percent_dropout.push_back(cells == 0 ? 0 : 100 * (1 - static_cast<double>(detected) / static_cast<double>(cells)));
    return out;
}

void store_qc(const QcMetrics& m, Frame& obs, Frame& var) {
    obs.set("n_genes_by_counts", {.values = m.genes_by_counts});
    obs.set("log1p_n_genes_by_counts", log1p_of(as_double(m.genes_by_counts)));
    obs.set("total_counts", {.values = m.total_counts});
    obs.set("log1p_total_counts", log1p_of(m.total_counts));
    for (const auto& [n, percent] : m.percent_top) obs.set(fmt::format("pct_counts_in_top_{}_genes", n), {.values = percent});
    for (const auto& set : m.sets) {
        obs.set("total_counts_" + set.name, {.values = set.counts});
        obs.set("log1p_total_counts_" + set.name, log1p_of(set.counts));
        obs.set("pct_counts_" + set.name, {.values = set.percent});
    }
    var.set("n_cells_by_counts", {.values = m.cells_by_counts});
    var.set("mean_counts", {.values = m.mean_counts});
    var.set("log1p_mean_counts", log1p_of(m.mean_counts));
    var.set("pct_dropout_by_counts", {.values = m.percent_dropout});
    var.set("total_counts", {.values = m.gene_total_counts});
    var.set("log1p_total_counts", log1p_of(m.gene_total_counts));
}

}  // namespace lexicell
