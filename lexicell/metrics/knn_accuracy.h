#pragma once
// How well neighbours predict labels: the annotation score of an embedding, cross-validated.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct KnnAccuracyOptions {
    int k = 15;                 // neighbours that vote, Euclidean
    int folds = 5;              // larger trains on more cells; stratified and shuffled
    std::int64_t smallest = 5;  // classes with fewer cells are dropped, as are missing labels
    std::uint64_t seed = 0;     // of the folds
    int threads = 1;
};

struct KnnAccuracyResult {
    double accuracy = 0;
    double macro_f1 = 0;        // unweighted mean over classes of 2 TP / (2 TP + FP + FN)
    double largest_class = 0;   // share: the accuracy of always saying the most frequent label
    std::int64_t cells = 0, classes = 0;
    std::vector<std::int32_t> predicted;  // N codes, -1 for dropped cells
};

// Every cell is labelled by the majority of its k nearest cells of the other folds; ties go to the smaller code. Codes
// below 0 are missing. Error precondition: fewer than two classes remain, or coordinates are not finite.
KnnAccuracyResult knn_accuracy(const DenseMatrix& points /* N x K */, std::span<const std::int32_t> labels,
                               const KnnAccuracyOptions& options = {});

// Fold of every cell, 0 .. folds - 1: each class and the whole are spread as evenly as possible; -1 for codes below 0.
std::vector<std::int32_t> stratified_folds(std::span<const std::int32_t> labels, int folds, std::uint64_t seed);

}  // namespace lexicell
