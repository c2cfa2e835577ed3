#include "lexicell/tasks/logged_values.h"

#include <fmt/format.h>

#include "lexicell/models/baseline/expression_classifier.h"

namespace lexicell {

CsrMatrix logged_values(const LoadedCells& cells, const std::vector<std::string>& genes, Sink& sink) {
    const bool counts = cells.scale == ValueScale::counts;
    if (!counts) sink.info(fmt::format("{} holds log-normalised values: they are taken as they are", cells.slot));
    return logged_expression(MemoryCells(cells.values, cells.genes, cells.dataset.obs), genes, counts ? std::optional(kTargetSum) : std::nullopt, sink);
}

}  // namespace lexicell
