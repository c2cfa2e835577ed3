#include "lexicell/metrics/classification.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

double ratio(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : 0; }

// 1 - sum w observed / sum w expected under independence of the two margins.
template <class Weight>
Score weighted_kappa(const std::vector<std::int64_t>& confusion, std::int64_t classes, Weight&& weight) {
    std::vector<double> rows(static_cast<std::size_t>(classes)), cols(rows);
    double total = 0, observed = 0, expected = 0;
    for (std::int64_t t = 0; t < classes; ++t)
        for (std::int64_t p = 0; p < classes; ++p) {
            const auto count = static_cast<double>(confusion[t * classes + p]);
            rows[t] += count, cols[p] += count, total += count;
            observed += weight(t, p) * count;
        }
    if (total == 0) return Score::not_available("no cell has a prediction");
    for (std::int64_t t = 0; t < classes; ++t)
        for (std::int64_t p = 0; p < classes; ++p) expected += weight(t, p) * rows[t] * cols[p] / total;
    if (expected == 0) return Score::not_available("truth and prediction are one and the same class");
    return 1 - observed / expected;
}

Score matthews(const std::vector<std::int64_t>& confusion, std::int64_t classes) {
    double total = 0, correct = 0, rows_squared = 0, cols_squared = 0, product = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
        double row = 0, col = 0;
        for (std::int64_t o = 0; o < classes; ++o) {
            row += static_cast<double>(confusion[c * classes + o]);
            col += static_cast<double>(confusion[o * classes + c]);
        }
        total += row;
        correct += static_cast<double>(confusion[c * classes + c]);
        rows_squared += row * row, cols_squared += col * col, product += row * col;
    }
    if (total == 0) return Score::not_available("no cell has a prediction");
    const double square = (total * total - rows_squared) * (total * total - cols_squared);
    return square > 0 ? (correct * total - product) / std::sqrt(square) : 0.0;
}

}  // namespace

ClassificationScores classification_scores(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted, std::int32_t classes) {
    LEXICELL_ASSERT(truth.size() == predicted.size(), "one prediction a cell");
    ClassificationScores out{.classes = std::vector<ClassScores>(static_cast<std::size_t>(classes)),
                             .confusion = std::vector<std::int64_t>(static_cast<std::size_t>(classes) * classes),
                             .unassigned = std::vector<std::int64_t>(static_cast<std::size_t>(classes))};
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (truth[i] < 0) continue;
        LEXICELL_ASSERT(truth[i] < classes && predicted[i] < classes, "codes below the number of classes");
        ++out.cells;
        ++out.classes[truth[i]].support;
        if (predicted[i] < 0) {
            ++out.unassigned[truth[i]];
            continue;
        }
        ++out.classes[predicted[i]].predicted;
        ++out.confusion[static_cast<std::int64_t>(truth[i]) * classes + predicted[i]];
        if (truth[i] == predicted[i]) ++out.classes[truth[i]].correct, ++correct;
    }
    if (out.cells == 0) {
        const Score nothing = Score::not_available("no cell has a true class");
        out.macro_f1 = out.macro_f1_true_classes = out.macro_precision = out.macro_recall = out.weighted_f1 = out.accuracy =
            out.balanced_accuracy = out.matthews = out.kappa = out.kappa_quadratic = nothing;
        return out;
    }

    double f1 = 0, precision = 0, recall = 0, weighted = 0;
    for (ClassScores& c : out.classes) {
        const auto hits = static_cast<double>(c.correct), called = static_cast<double>(c.predicted), size = static_cast<double>(c.support);
        c.precision = ratio(hits, called);
        c.recall = ratio(hits, size);
        c.f1 = ratio(2 * hits, called + size);
        out.union_classes += c.support > 0 || c.predicted > 0;
        out.true_classes += c.support > 0;
        f1 += c.f1, precision += c.precision, recall += c.recall, weighted += c.f1 * size;
    }
    const auto in_union = static_cast<double>(out.union_classes), in_truth = static_cast<double>(out.true_classes), cells = static_cast<double>(out.cells);
    out.macro_f1 = f1 / in_union;
    out.macro_f1_true_classes = f1 / in_truth;
    out.macro_precision = precision / in_union;
    out.macro_recall = recall / in_union;
    out.weighted_f1 = weighted / cells;
    out.accuracy = static_cast<double>(correct) / cells;
    out.balanced_accuracy = recall / in_truth;
    out.matthews = matthews(out.confusion, classes);
    out.kappa = weighted_kappa(out.confusion, classes, [](std::int64_t t, std::int64_t p) { return t == p ? 0.0 : 1.0; });
    out.kappa_quadratic = weighted_kappa(out.confusion, classes, [](std::int64_t t, std::int64_t p) { return static_cast<double>((t - p) * (t - p)); });
    return out;
}

std::vector<std::int32_t> most_likely(const DenseMatrix& scores) {
    std::vector<std::int32_t> codes;
    for (std::int64_t i = 0; i < scores.rows; ++i) {
        const auto row = scores.row(i);
        codes.push_back(static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
    }
    return codes;
}

Score top_k_accuracy(std::span<const std::int32_t> truth, const DenseMatrix& scores, int k) {
    LEXICELL_ASSERT(scores.rows == static_cast<std::int64_t>(truth.size()), "one row of scores a cell");
    std::int64_t cells = 0, hits = 0;
    for (std::int64_t i = 0; i < scores.rows; ++i) {
        if (truth[i] < 0) continue;
        std::int64_t before = 0;
        for (std::int64_t c = 0; c < scores.cols; ++c)
            before += scores(i, c) > scores(i, truth[i]) || (scores(i, c) == scores(i, truth[i]) && c > truth[i]);
        ++cells;
        hits += before < k;
    }
    if (cells == 0) return Score::not_available("no cell has a true class");
    return static_cast<double>(hits) / static_cast<double>(cells);
}

}  // namespace lexicell
