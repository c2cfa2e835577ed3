#include "lexicell/tasks/label_drivers.h"

#include <algorithm>

#include "lexicell/base/error.h"

namespace lexicell {

std::vector<LabelDriver> label_drivers(const ExpressionClassifier& classifier, const CsrMatrix& logged, std::span<const std::int32_t> labels, std::size_t top) {
    const DenseMatrix weights = classifier.gene_weights();
    if (weights.rows == 0 || logged.rows == 0) return {};
    LEXICELL_ASSERT(weights.cols == logged.cols && std::ssize(labels) == logged.rows, "weights, genes and labels fit each other");
    const std::int64_t classes = weights.rows, genes = weights.cols;
    std::vector<double> inside(static_cast<std::size_t>(classes * genes)), everywhere(static_cast<std::size_t>(genes)), cells(static_cast<std::size_t>(classes));
    for (std::int64_t i = 0; i < logged.rows; ++i) {
        if (labels[i] >= 0) ++cells[labels[i]];
        const auto columns = logged.row_indices(i);
        const auto values = logged.row_values(i);
        for (std::size_t e = 0; e < columns.size(); ++e) {
            everywhere[columns[e]] += values[e] / static_cast<double>(logged.rows);
            if (labels[i] >= 0) inside[labels[i] * genes + columns[e]] += values[e];
        }
    }
    std::vector<LabelDriver> out;
    for (std::int32_t c = 0; c < classes; ++c) {
        if (cells[c] == 0) continue;
        std::vector<LabelDriver> found;
        for (std::int64_t g = 0; g < genes; ++g) {
            const double mean = inside[c * genes + g] / cells[c], weight = weights(c, g), contribution = weight * (mean - everywhere[g]);
            if (weight > 0 && contribution > 0) found.push_back({.label = c, .gene = classifier.classifier_genes()[g], .contribution = contribution, .weight = weight, .inside = mean, .everywhere = everywhere[g]});
        }
        std::ranges::stable_sort(found, std::greater(), &LabelDriver::contribution);
        found.resize(std::min(top, found.size()));
        out.insert(out.end(), found.begin(), found.end());
    }
    return out;
}

}  // namespace lexicell
