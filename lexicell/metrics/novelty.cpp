#include "lexicell/metrics/novelty.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/ranking.h"

namespace lexicell {

std::vector<double> unsureness(const DenseMatrix& probabilities) {
    std::vector<double> out;
    for (std::int64_t i = 0; i < probabilities.rows; ++i)
        out.push_back(1 - static_cast<double>(*std::max_element(probabilities.row(i).begin(), probabilities.row(i).end())));
    return out;
}

std::vector<double> energy(const DenseMatrix& logits, double temperature) {
    LEXICELL_ASSERT(temperature > 0, "a positive temperature");
    std::vector<double> out;
    for (std::int64_t i = 0; i < logits.rows; ++i) {
        const double largest = *std::max_element(logits.row(i).begin(), logits.row(i).end());
        double sum = 0;
        for (const float z : logits.row(i)) sum += std::exp((z - largest) / temperature);
        out.push_back(-largest - temperature * std::log(sum));
    }
    return out;
}

std::vector<double> nearest_distance(const DenseMatrix& points, const DenseMatrix& references, int threads) {
    const KnnGraph graph = knn(points, references, {.k = 1, .threads = threads});
    std::vector<double> out(static_cast<std::size_t>(points.rows), std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t i = 0; i < graph.points && graph.k > 0; ++i) out[i] = graph.distances_of(i)[0];
    return out;
}

NoveltyScores novelty_scores(std::span<const std::int32_t> is_new, std::span<const double> scores) {
    double found = 0, cells = 0;
    for (const std::int32_t flag : is_new)
        if (flag >= 0) found += flag > 0, ++cells;
    return {.auroc = auroc(is_new, scores),
            .auprc = average_precision(is_new, scores),
            .fpr95 = false_positive_rate_at(is_new, scores, 0.95),
            .chance_auprc = cells > 0 ? found / cells : 0};
}

}  // namespace lexicell
