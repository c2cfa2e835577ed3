#pragma once
// Logistic regression of classes on log expression: the baseline that annotation is measured against (metrics.md 11).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

// What turns genes into class scores. Letters: G genes, C classes.
struct LogisticWeights {
    enum class Form {
        multinomial,      // softmax over classes
        one_versus_rest,  // a sigmoid a class, as CellTypist trains it; probabilities are the sigmoids brought to sum 1
    };
    Form form = Form::multinomial;
    DenseMatrix weights;             // C x G, of the values as they stand (standardisation is folded in)
    std::vector<double> intercept;   // C
    std::vector<float> cap;          // G: larger values are read as this; empty = no cap
};

struct LogisticOptions {
    enum class Penalty { l2, l1 };
    LogisticWeights::Form form = LogisticWeights::Form::multinomial;
    Penalty penalty = Penalty::l2;
    // scikit-learn's C: the loss, summed over cells, is multiplied by it before the penalty |w|^2 / 2 or |w| is added; larger
    // fits closer. The intercept is free.
    double inverse_strength = 1;
    // Genes as z-scores, capped above at 10 (CellTypist). The matrix stays sparse: the shift goes into the intercept.
    bool standardise = false;
    int max_iterations = 1000;
    double tolerance = 1e-4;         // stop when |gradient| <= tolerance * max(1, |w|), in the units of the mean loss
    std::optional<LogisticWeights> start;  // weights of a neighbouring inverse_strength: a path goes faster
    int threads = 1;
};

struct LogisticResult {
    LogisticWeights model;
    bool converged = true;
    int iterations = 0;   // the most over the problems solved
};

// x: N x G. labels: N codes below `classes`; cells below 0 take no part. Two classes are one binary problem whatever the
// form, as in scikit-learn. L-BFGS, and OWL-QN for l1 (Andrew & Gao 2007). The same bits for any number of threads.
// Error(precondition): fewer than two classes occur. Error(interrupted) when the sink asks to stop.
LogisticResult logistic_regression(const CsrMatrix& x, std::span<const std::int32_t> labels, std::int32_t classes,
                                   const LogisticOptions& options = {}, Sink& sink = silence());

// Solutions for each inverse strength, each started from the one before: give them ascending.
std::vector<LogisticResult> logistic_path(const CsrMatrix& x, std::span<const std::int32_t> labels, std::int32_t classes,
                                          std::span<const double> inverse_strengths, LogisticOptions options = {}, Sink& sink = silence());

DenseMatrix class_scores(const LogisticWeights& model, const CsrMatrix& x, int threads = 1);         // N x C, before the link
DenseMatrix class_probabilities(const LogisticWeights& model, const CsrMatrix& x, int threads = 1);  // N x C, rows sum to 1

}  // namespace lexicell
