#include "lexicell/metrics/prediction_error.h"

#include <cmath>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/metrics/correlation.h"

namespace lexicell {
namespace {

struct MeanCorrelation {
    Score pearson, spearman;
    std::int64_t lists = 0;
};

// Over lines of the two tables: at(table, line, entry).
template <class At>
MeanCorrelation mean_correlation(const DenseMatrix& truth, const DenseMatrix& predicted, std::int64_t lines, std::int64_t entries, At&& at) {
    double by_value = 0, by_rank = 0;
    std::int64_t count = 0;
    for (std::int64_t line = 0; line < lines; ++line) {
        std::vector<double> x, y;
        for (std::int64_t e = 0; e < entries; ++e) x.push_back(at(truth, line, e)), y.push_back(at(predicted, line, e));
        const Score value = pearson(x, y).coefficient;
        if (!value.available()) continue;
        by_value += value.value;
        by_rank += spearman(x, y).coefficient.value;
        ++count;
    }
    if (count == 0) {
        const Score none = Score::not_available("nothing varies in truth and prediction");
        return {.pearson = none, .spearman = none};
    }
    return {.pearson = by_value / static_cast<double>(count), .spearman = by_rank / static_cast<double>(count), .lists = count};
}

}  // namespace

PredictionError prediction_error(const DenseMatrix& truth, const DenseMatrix& predicted) {
    LEXICELL_ASSERT(truth.rows == predicted.rows && truth.cols == predicted.cols, "tables of one shape");
    PredictionError out;
    if (truth.values.empty()) {
        out.rmse = out.mae = Score::not_available("an empty table");
    } else {
        double squares = 0, magnitudes = 0;
        for (std::size_t i = 0; i < truth.values.size(); ++i) {
            const double difference = static_cast<double>(truth.values[i]) - predicted.values[i];
            squares += difference * difference;
            magnitudes += std::abs(difference);
        }
        out.rmse = std::sqrt(squares / static_cast<double>(truth.values.size()));
        out.mae = magnitudes / static_cast<double>(truth.values.size());
    }
    const MeanCorrelation cells = mean_correlation(truth, predicted, truth.rows, truth.cols, [](const DenseMatrix& m, std::int64_t i, std::int64_t j) { return m(i, j); });
    const MeanCorrelation genes = mean_correlation(truth, predicted, truth.cols, truth.rows, [](const DenseMatrix& m, std::int64_t j, std::int64_t i) { return m(i, j); });
    out.pearson_by_cell = cells.pearson, out.spearman_by_cell = cells.spearman, out.cells = cells.lists;
    out.pearson_by_gene = genes.pearson, out.spearman_by_gene = genes.spearman, out.genes = genes.lists;
    return out;
}

}  // namespace lexicell
