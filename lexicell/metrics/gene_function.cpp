#include "lexicell/metrics/gene_function.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/knn_accuracy.h"
#include "lexicell/metrics/logistic_regression.h"
#include "lexicell/metrics/ranking.h"

namespace lexicell {
namespace {

// Both by the mean and standard deviation of `train`; a constant column becomes 0.
void standardize(DenseMatrix& train, DenseMatrix& test) {
    for (std::int64_t d = 0; d < train.cols; ++d) {
        double mean = 0, square = 0;
        for (std::int64_t i = 0; i < train.rows; ++i) mean += train(i, d) / static_cast<double>(train.rows);
        for (std::int64_t i = 0; i < train.rows; ++i) square += (train(i, d) - mean) * (train(i, d) - mean) / static_cast<double>(train.rows);
        const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
        for (DenseMatrix* matrix : {&train, &test})
            for (std::int64_t i = 0; i < matrix->rows; ++i) (*matrix)(i, d) = static_cast<float>(((*matrix)(i, d) - mean) * scale);
    }
}

}  // namespace

GeneFunction gene_function(const DenseMatrix& embedding, std::span<const std::int32_t> is_member, const GeneFunctionOptions& options) {
    LEXICELL_ASSERT(embedding.rows == static_cast<std::int64_t>(is_member.size()), "one entry a gene");
    require_finite(embedding);
    GeneFunction out{.probability = std::vector<double>(is_member.size(), std::numeric_limits<double>::quiet_NaN()),
                     .positives = std::count(is_member.begin(), is_member.end(), 1),
                     .negatives = std::count(is_member.begin(), is_member.end(), 0)};
    if (std::min(out.positives, out.negatives) < options.folds) {
        out.auroc = out.auprc = out.macro_f1 = Score::not_available("fewer genes of one kind than folds");
        return out;
    }
    const std::vector<std::int32_t> fold = stratified_folds(is_member, options.folds, options.seed);
    double sums[3] = {};
    for (int f = 0; f < options.folds; ++f) {
        std::vector<std::int64_t> train, test;
        std::vector<std::int32_t> train_truth, truth, called;
        for (std::int64_t g = 0; g < embedding.rows; ++g) {
            if (fold[g] < 0) continue;
            (fold[g] == f ? test : train).push_back(g);
            (fold[g] == f ? truth : train_truth).push_back(is_member[g]);
        }
        DenseMatrix x = take_rows(embedding, train), held_out = take_rows(embedding, test);
        if (options.standardize) standardize(x, held_out);
        const LogisticResult fitted = logistic_regression(to_csr(x), train_truth, 2, {.inverse_strength = options.strength});
        const DenseMatrix predicted = class_probabilities(fitted.model, to_csr(held_out));
        std::vector<double> probabilities;
        for (std::size_t i = 0; i < test.size(); ++i) {
            probabilities.push_back(predicted(static_cast<std::int64_t>(i), 1));
            out.probability[test[i]] = probabilities.back();
            called.push_back(probabilities.back() > 0.5);
        }
        out.auroc_folds.push_back(auroc(truth, probabilities).value);
        sums[0] += out.auroc_folds.back();
        sums[1] += average_precision(truth, probabilities).value;
        sums[2] += classification_scores(truth, called, 2).macro_f1.value;
    }
    out.auroc = sums[0] / options.folds;
    out.auprc = sums[1] / options.folds;
    out.macro_f1 = sums[2] / options.folds;
    return out;
}

DenseMatrix random_vectors(std::int64_t genes, std::int64_t width, std::uint64_t seed) {
    DenseMatrix out(genes, width);
    RandomStream random(random_key(seed, 0x67656e65));
    for (float& value : out.values) value = static_cast<float>(random.normal());
    return out;
}

}  // namespace lexicell
