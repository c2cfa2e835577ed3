#include "lexicell/io/dataset_warnings.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lexicell {

namespace {

void warn_duplicates(const std::vector<std::string>& names, const char* warning, Sink& sink) {
    std::unordered_set<std::string_view> seen;
    seen.reserve(names.size());
    std::uint64_t count = 0;
    std::vector<std::string_view> examples;
    for (const std::string& name : names) {
        if (seen.insert(name).second) continue;
        ++count;
        if (examples.size() < 5) examples.push_back(std::string_view(name).substr(0, 100));
    }
    if (count) sink.warn({warning, count, fmt::format("{}{}", fmt::join(examples, ", "), count > examples.size() ? ", ..." : "")});
}

void warn_values(const Matrix& matrix, const char* key, Sink& sink) {
    std::uint64_t nan = 0, infinite = 0;
    std::visit(
        [&](const auto& m) {
            for (const float value : m.values) {
                nan += std::isnan(value);
                infinite += std::isinf(value);
            }
        },
        matrix);
    if (nan) sink.warn({"nan-values", nan, fmt::format("in {}", key)});
    if (infinite) sink.warn({"infinite-values", infinite, fmt::format("in {}", key)});
}

std::uint64_t count_empty_rows(const Matrix& matrix) {
    std::uint64_t empty = 0;
    const auto all_zero = [](std::span<const float> values) { return std::ranges::all_of(values, [](float v) { return v == 0; }); };
    if (const auto* sparse = std::get_if<CsrMatrix>(&matrix)) {
        for (std::int64_t r = 0; r < sparse->rows; ++r) empty += all_zero(sparse->row_values(r));
    } else {
        const auto& dense = std::get<DenseMatrix>(matrix);
        for (std::int64_t r = 0; r < dense.rows; ++r) empty += all_zero(dense.row(r));
    }
    return empty;
}

}  // namespace

void warn_about(const Dataset& dataset, Sink& sink) {
    warn_duplicates(dataset.obs.index, "duplicate-cells", sink);
    warn_duplicates(dataset.var.index, "duplicate-genes", sink);
    if (dataset.x) {
        warn_values(*dataset.x, "X", sink);
        if (const std::uint64_t empty = count_empty_rows(*dataset.x)) sink.warn({"empty-cells", empty, "cells without any count in X"});
    }
    for (const auto& [name, layer] : dataset.layers) warn_values(layer, ("layers/" + name).c_str(), sink);
    if (!dataset.raw) return;
    warn_values(dataset.raw->x, "raw/X", sink);
    if (dataset.raw->var.rows() == dataset.genes()) {
        std::uint64_t differ = 0;
        for (std::int64_t g = 0; g < dataset.genes(); ++g) differ += dataset.raw->var.index[g] != dataset.var.index[g];
        if (differ) sink.warn({"raw-genes-differ", differ, "names of raw genes that differ from the genes at the same place"});
    }
}

}  // namespace lexicell
