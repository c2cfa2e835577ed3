#include "lexicell/tasks/log_values.h"

#include <fmt/format.h>

#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/prep/normalize.h"

namespace lexicell {

LogValues log_values(const Dataset& data, const CountsOptions& options, int threads, Sink& sink) {
    const CountsChoice choice = find_counts(data, options);
    if (!choice.usable && choice.scale == ValueScale::log_normalised) return {*choice.x, *choice.var};
    Counts counts = take_counts(data, options, sink);
    return {log_normalize(std::move(counts.x), 1e4, threads), std::move(counts.var)};
}

CsrMatrix log_values(const LoadedCells& cells, const std::vector<std::string>& genes, Sink& sink) {
    const bool counts = cells.scale == ValueScale::counts;
    if (!counts) sink.info(fmt::format("{} holds log-normalised values: they are taken as they are", cells.slot));
    return logged_expression(MemoryCells(cells.values, cells.genes, cells.dataset.obs), genes, counts ? std::optional(kTargetSum) : std::nullopt, sink);
}

}  // namespace lexicell
