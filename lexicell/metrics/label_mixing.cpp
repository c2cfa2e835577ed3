#include "lexicell/metrics/label_mixing.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/lisi.h"

namespace lexicell {

Cilisi cilisi(const DenseMatrix& points, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches, const CilisiOptions& options) {
    require_finite(points);
    double sum = 0, means = 0;
    std::int64_t cells_scored = 0, labels_scored = 0;
    for (const std::vector<std::int64_t>& cells : label_cells(labels, batches)) {
        const GroupCodes groups = compact_codes(batches, cells);
        if (static_cast<std::int64_t>(cells.size()) < options.label_cells || groups.sizes.size() < 2) continue;
        const KnnGraph graph = knn(take_rows(points, cells), {.k = static_cast<int>(3 * options.perplexity), .threads = options.threads});
        double of_label = 0;
        for (const double value : lisi(graph, groups.codes, {.perplexity = options.perplexity, .threads = options.threads}))
            of_label += (value - 1) / static_cast<double>(groups.sizes.size() - 1);
        sum += of_label;
        cells_scored += static_cast<std::int64_t>(cells.size());
        means += of_label / static_cast<double>(cells.size());
        ++labels_scored;
    }
    if (labels_scored == 0) {
        const Score none = Score::not_available("no label has enough cells and two batches");
        return {.cells = none, .label_means = none};
    }
    return {.cells = sum / static_cast<double>(cells_scored), .label_means = means / static_cast<double>(labels_scored)};
}

Ksim ksim(const KnnGraph& graph, std::span<const std::int32_t> labels, int k, double accepted) {
    LEXICELL_ASSERT(graph.points == static_cast<std::int64_t>(labels.size()), "one label a cell");
    Ksim out{.k = std::min({k, static_cast<int>(std::sqrt(static_cast<double>(graph.points))), graph.k + 1})};
    double sum = 0;
    std::int64_t cells = 0, good = 0;
    for (std::int64_t i = 0; i < graph.points; ++i) {
        if (labels[i] < 0) continue;
        int same = 1;
        for (int n = 0; n + 1 < out.k; ++n) same += labels[graph.neighbours(i)[n]] == labels[i];
        const double share = static_cast<double>(same) / out.k;
        sum += share;
        good += share >= accepted;
        ++cells;
    }
    if (cells == 0 || out.k < 2) {
        out.similarity = out.acceptance = Score::not_available("too few cells for neighbours");
        return out;
    }
    out.similarity = sum / static_cast<double>(cells);
    out.acceptance = static_cast<double>(good) / static_cast<double>(cells);
    return out;
}

}  // namespace lexicell
