#include "lexicell/prep/highly_variable.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/prep/hvg_flavors.h"

namespace lexicell {

namespace {

constexpr std::pair<std::string_view, HvgFlavor> kFlavors[] = {
    {"log_variance", HvgFlavor::log_variance}, {"seurat", HvgFlavor::seurat}, {"cell_ranger", HvgFlavor::cell_ranger},
    {"seurat_v3", HvgFlavor::seurat_v3}, {"seurat_v3_paper", HvgFlavor::seurat_v3_paper}};

// The `top` largest values that are not 0 (a constant gene says nothing, however many are asked for), ascending by gene.
std::vector<std::int64_t> largest(const std::vector<double>& variances, std::int64_t top) {
    auto order = ranked(static_cast<std::int64_t>(variances.size()), [&](std::int64_t a, std::int64_t b) { return variances[a] > variances[b]; });
    order.resize(std::min<std::size_t>(order.size(), top));
    std::erase_if(order, [&](std::int64_t g) { return variances[g] <= 0; });
    std::ranges::sort(order);
    return order;
}

}  // namespace

HvgFlavor hvg_flavor(std::string_view name) {
    std::string known;
    for (const auto& [other, flavor] : kFlavors) {
        if (other == name) return flavor;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", other);
    }
    throw Error(ErrorKind::usage, {.type = "unknown-flavor", .message = "no such flavour of highly variable genes",
                                   .found = std::string(name), .expected = known});
}

std::string_view name_of(HvgFlavor flavor) {
    return std::ranges::find(kFlavors, flavor, &std::pair<std::string_view, HvgFlavor>::second)->first;
}

bool wants_counts(HvgFlavor flavor) { return flavor == HvgFlavor::seurat_v3 || flavor == HvgFlavor::seurat_v3_paper; }

std::vector<std::int64_t> HighlyVariable::genes() const {
    std::vector<std::int64_t> out;
    for (std::size_t g = 0; g < selected.size(); ++g)
        if (selected[g]) out.push_back(static_cast<std::int64_t>(g));
    return out;
}

HighlyVariable hvg_by_log_variance(MatrixRef logged, const HvgOptions& options, const BatchRows& batches) {
    const std::int64_t genes = logged.cols();
    HighlyVariable out{.selected = std::vector<bool>(genes), .means = std::vector<double>(genes), .variances = std::vector<double>(genes)};
    for (const auto& rows : batches) {
        const GeneMoments moments = gene_moments(logged, {.cells = rows, .threads = options.threads});
        for (std::int64_t g = 0; g < genes; ++g) {
            out.means[g] += moments.mean[g] / static_cast<double>(batches.size());
            out.variances[g] += moments.variance[g] / static_cast<double>(batches.size());
        }
    }
    for (const std::int64_t g : largest(out.variances, *options.top)) out.selected[g] = true;
    return out;
}

std::vector<std::int64_t> most_variable_genes(const GeneMoments& logged, std::int64_t top) { return largest(logged.variance, top); }

HighlyVariable highly_variable_genes(MatrixRef x, const HvgOptions& options, std::optional<std::span<const std::int32_t>> batch) {
    const bool by_dispersion = options.flavor == HvgFlavor::seurat || options.flavor == HvgFlavor::cell_ranger;
    if (!options.top && !by_dispersion)
        throw Error(ErrorKind::usage, {.type = "missing-number-of-genes", .message = fmt::format("flavour {} needs the number of genes", name_of(options.flavor))});
    BatchRows batches(1);
    if (batch) {
        LEXICELL_ASSERT(static_cast<std::int64_t>(batch->size()) == x.rows(), "one batch code a cell");
        batches.assign(1 + std::max(-1, batch->empty() ? -1 : *std::ranges::max_element(*batch)), {});
        for (std::int64_t r = 0; r < x.rows(); ++r)
            if ((*batch)[r] >= 0) batches[(*batch)[r]].push_back(r);
        std::erase_if(batches, [](const auto& rows) { return rows.empty(); });
        if (batches.empty()) throw Error(ErrorKind::precondition, {.type = "empty-batch", .message = "no cell has a batch"});
    } else {
        batches[0].resize(x.rows());
        std::iota(batches[0].begin(), batches[0].end(), 0);
    }
    HighlyVariable out = by_dispersion ? hvg_by_dispersion(x, options, batches, batch.has_value())
                         : options.flavor == HvgFlavor::log_variance
                             ? hvg_by_log_variance(x, options, batches)
                             : hvg_by_standardized_variance(x, options, batches, batch.has_value());
    out.flavor = options.flavor;
    return out;
}

void store_hvg(const HighlyVariable& result, Frame& var) {
    var.set("highly_variable", {.values = result.selected});
    const auto set = [&](const char* name, const std::vector<double>& values) {
        if (!values.empty()) var.set(name, {.values = values});
    };
    set("means", result.means);
    set("dispersions", result.dispersions);
    set("dispersions_norm", result.dispersions_norm);
    set("variances", result.variances);
    set("variances_norm", result.variances_norm);
    set("highly_variable_rank", result.rank);
    if (!result.batches.empty()) var.set("highly_variable_nbatches", {.values = result.batches});
    if (!result.in_all_batches.empty()) var.set("highly_variable_intersection", {.values = result.in_all_batches});
}

}  // namespace lexicell
