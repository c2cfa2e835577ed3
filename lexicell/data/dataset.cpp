#include "lexicell/data/dataset.h"

namespace lexicell {

namespace {

AxisArray take_rows(const AxisArray& array, std::span<const std::int64_t> rows) {
    return std::visit([&](const auto& a) -> AxisArray { return lexicell::take_rows(a, rows); }, array);
}

std::vector<std::int64_t> compose(const std::vector<std::int64_t>& outer, std::span<const std::int64_t> rows) {
    std::vector<std::int64_t> out;
    for (const std::int64_t r : rows) out.push_back(outer.empty() ? r : outer[r]);
    return out;
}

}  // namespace

Dataset take_cells(const Dataset& dataset, std::span<const std::int64_t> cells) {
    Dataset out{.obs = take_rows(dataset.obs, cells), .var = dataset.var, .varm = dataset.varm, .varp = dataset.varp,
                .uns = dataset.uns, .origin = dataset.origin};
    if (dataset.x) out.x = take_rows(*dataset.x, cells);
    for (const auto& [name, layer] : dataset.layers) out.layers.emplace(name, take_rows(layer, cells));
    for (const auto& [name, array] : dataset.obsm) out.obsm.emplace(name, take_rows(array, cells));
    for (const auto& [name, graph] : dataset.obsp) out.obsp.emplace(name, take_cols(take_rows(graph, cells), cells));
    if (dataset.raw) out.raw = Raw{take_rows(dataset.raw->x, cells), dataset.raw->var};
    if (out.origin) out.origin->obs_rows = compose(dataset.origin->obs_rows, cells);
    return out;
}

Dataset take_genes(const Dataset& dataset, std::span<const std::int64_t> genes) {
    Dataset out{.obs = dataset.obs, .var = take_rows(dataset.var, genes), .obsm = dataset.obsm, .obsp = dataset.obsp,
                .uns = dataset.uns, .raw = dataset.raw, .origin = dataset.origin};
    if (dataset.x) out.x = take_cols(*dataset.x, genes);
    for (const auto& [name, layer] : dataset.layers) out.layers.emplace(name, take_cols(layer, genes));
    for (const auto& [name, array] : dataset.varm) out.varm.emplace(name, take_rows(array, genes));
    for (const auto& [name, graph] : dataset.varp) out.varp.emplace(name, take_cols(take_rows(graph, genes), genes));
    if (out.origin) out.origin->var_rows = compose(dataset.origin->var_rows, genes);
    return out;
}

}  // namespace lexicell
