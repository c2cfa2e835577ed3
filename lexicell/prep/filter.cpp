#include "lexicell/prep/filter.h"

#include <algorithm>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

class Sieve {
public:
    explicit Sieve(std::size_t size) : keep_(size, true) {}

    template <class Value, class Bound, class Passes>
    void apply(const char* name, const std::vector<Value>& values, const std::optional<Bound>& bound, Passes passes) {
        if (!bound) return;
        std::int64_t failed = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!passes(values[i], *bound)) {
                keep_[i] = false;
                ++failed;
            }
        kept_.failed.emplace_back(name, failed);
    }

    Kept finish() {
        for (std::size_t i = 0; i < keep_.size(); ++i)
            if (keep_[i]) kept_.rows.push_back(static_cast<std::int64_t>(i));
        return std::move(kept_);
    }

private:
    std::vector<bool> keep_;
    Kept kept_;
};

constexpr auto at_least = [](auto value, auto bound) { return value >= bound; };
constexpr auto at_most = [](auto value, auto bound) { return value <= bound; };

}  // namespace

Kept filter_cells(const QcMetrics& metrics, const CellFilter& filter) {
    Sieve sieve(metrics.total_counts.size());
    sieve.apply("min_genes", metrics.genes_by_counts, filter.min_genes, at_least);
    sieve.apply("max_genes", metrics.genes_by_counts, filter.max_genes, at_most);
    sieve.apply("min_counts", metrics.total_counts, filter.min_counts, at_least);
    sieve.apply("max_counts", metrics.total_counts, filter.max_counts, at_most);
    if (filter.max_percent_mt) {
        const auto mt = std::ranges::find(metrics.sets, "mt", &QcMetrics::SetTotals::name);
        if (mt == metrics.sets.end())
            throw Error(ErrorKind::usage, {.type = "no-mitochondrial-genes",
                                           .message = "a bound on mitochondrial counts needs the figures of the gene set mt",
                                           .hint = "compute the metrics with mitochondrial_genes"});
        sieve.apply("max_percent_mt", mt->percent, filter.max_percent_mt, at_most);
    }
    return sieve.finish();
}

Kept filter_genes(const QcMetrics& metrics, const GeneFilter& filter) {
    Sieve sieve(metrics.gene_total_counts.size());
    sieve.apply("min_cells", metrics.cells_by_counts, filter.min_cells, at_least);
    sieve.apply("max_cells", metrics.cells_by_counts, filter.max_cells, at_most);
    sieve.apply("min_counts", metrics.gene_total_counts, filter.min_counts, at_least);
    sieve.apply("max_counts", metrics.gene_total_counts, filter.max_counts, at_most);
    return sieve.finish();
}

}  // namespace lexicell
