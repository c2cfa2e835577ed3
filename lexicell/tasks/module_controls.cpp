#include "lexicell/tasks/module_controls.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "lexicell/prep/pca.h"
#include "lexicell/tasks/gene_modules.h"
#include "lexicell/tasks/over_representation.h"

namespace lexicell {

DenseMatrix side_by_side(std::span<const DenseMatrix> tables) {
    if (tables.empty()) return {};
    std::int64_t width = 0;
    for (const DenseMatrix& table : tables) width += table.cols;
    DenseMatrix out(tables.front().rows, width);
    for (std::int64_t g = 0; g < out.rows; ++g) {
        auto at = out.row(g).begin();
        for (const DenseMatrix& table : tables) at = std::ranges::copy(table.row(g), at).out;
    }
    return out;
}

DenseMatrix expression_placement(const CsrMatrix& logged, int components, std::uint64_t seed, int threads) {
    const auto most = static_cast<int>(std::min<std::int64_t>({components, logged.rows - 1, logged.cols}));
    Pca fitted = pca(logged, {.components = most, .seed = seed, .threads = threads});
    for (std::int64_t g = 0; g < fitted.loadings.rows; ++g)
        for (std::int64_t k = 0; k < fitted.loadings.cols; ++k) fitted.loadings(g, k) *= static_cast<float>(std::sqrt(fitted.variance[k]));
    return std::move(fitted.loadings);
}

std::vector<ModuleControl> module_controls(const GenePlacements& placements, std::span<const std::string> genes, std::span<const GeneSet> sets,
                                           const CsrMatrix& logged, std::span<const std::int32_t> groups, std::uint64_t seed, int threads) {
    const std::pair<const char*, const DenseMatrix&> rows[] = {{"text alone", placements.text},
                                                               {"sciLaMA", placements.contextual},
                                                               {"sciLaMA, texts shuffled", placements.shuffled},
                                                               {"expression alone", placements.expression}};
    std::vector<ModuleControl> controls;
    for (const auto& [name, placement] : rows) {
        if (placement.rows == 0) continue;
        const GeneModules found = gene_modules(placement, {.bootstraps = 0, .seed = seed, .threads = threads});
        const OverRepresentationResult tested = over_representation(genes, found.module, sets);
        const std::vector<double> eta = module_specificity(logged, found.module, groups);
        controls.push_back({.name = name,
                            .modules = found.modules,
                            .significant = std::ranges::count_if(tested.pairs, [](const OverRepresentation& pair) { return pair.q < 0.05; }),
                            .specificity = eta.empty() ? 0 : std::accumulate(eta.begin(), eta.end(), 0.0) / static_cast<double>(eta.size())});
    }
    return controls;
}

}  // namespace lexicell
