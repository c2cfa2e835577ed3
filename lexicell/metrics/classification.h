#pragma once
// Scores of predicted against true classes (metrics.md 5): macro-F1 first.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// Of one class; precision, recall and F1 are 0 where they are 0 / 0, as in scikit-learn.
struct ClassScores {
    std::int64_t support = 0;    // cells of the class
    std::int64_t predicted = 0;  // cells called so
    std::int64_t correct = 0;
    double precision = 0;        // correct / predicted
    double recall = 0;           // correct / support
    double f1 = 0;               // 2 correct / (predicted + support)
};

// Not available without cells. Means "over the union" are over the classes that occur in the truth or the predictions.
struct ClassificationScores {
    std::int64_t cells = 0;                // with a true class
    std::int64_t union_classes = 0, true_classes = 0;
    std::vector<ClassScores> classes;      // C
    std::vector<std::int64_t> confusion;   // C x C, rows truth, columns prediction
    std::vector<std::int64_t> unassigned;  // C, cells of the class without a prediction
    Score macro_f1;                        // over the union
    Score macro_f1_true_classes;           // over the classes that occur in the truth
    Score macro_precision, macro_recall;   // over the union
    Score weighted_f1;                     // weights: support
    Score accuracy;                        // equals micro F1 when every cell has a prediction
    Score balanced_accuracy;               // mean recall of the classes that occur in the truth
    Score matthews;                        // correlation of the tables (Gorodkin 2004); 0 where its denominator is 0
    Score kappa;                           // Cohen 1960; not available when chance alone agrees fully
    Score kappa_quadratic;                 // disagreement weighted by the square of the codes' distance
};

// truth, predicted: N codes in [0, classes). Cells with a true code below 0 are left out; a predicted code below 0 is
// "unassigned" and counts as wrong; kappa and matthews leave such cells out.
ClassificationScores classification_scores(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted, std::int32_t classes);

// N codes: the class of the largest score (N x C), ties to the smaller code.
std::vector<std::int32_t> most_likely(const DenseMatrix& scores);

// Share of the cells whose true class is among the k largest scores (N x C); equal scores: the larger code first, as
// scikit-learn sorts.
Score top_k_accuracy(std::span<const std::int32_t> truth, const DenseMatrix& scores, int k);

}  // namespace lexicell
