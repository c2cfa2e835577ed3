#pragma once
// What frozen gene embeddings know about gene function (metrics.md 7).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct GeneFunctionOptions {
    int folds = 5;          // by gene, stratified and shuffled
    double strength = 1;    // C of the logistic regression
    bool standardize = true;  // every column to mean 0 and variance 1 over the training genes
    std::uint64_t seed = 0;   // of the folds
};

struct GeneFunction {
    Score auroc, auprc, macro_f1;  // means over folds; F1 at probability 0.5
    std::vector<double> auroc_folds;
    std::vector<double> probability;  // G, predicted by the fold that did not see the gene; NaN for genes left out
    std::int64_t positives = 0, negatives = 0;
};

// embedding: G x D, finite. is_member: 1 = in the set, 0 = in the contrast set, below 0 = left out. Several sets are
// several calls. Not available: fewer members or others than folds. Controls are the same call on random_vectors and on
// principal components of co-expression.
GeneFunction gene_function(const DenseMatrix& embedding, std::span<const std::int32_t> is_member, const GeneFunctionOptions& options = {});

// Standard normal, G x D.
DenseMatrix random_vectors(std::int64_t genes, std::int64_t width, std::uint64_t seed = 0);

}  // namespace lexicell
