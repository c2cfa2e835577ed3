#pragma once
// Whether predicted probabilities mean what they say (metrics.md 5). probabilities: N x C, rows of sum 1; truth: N codes,
// below 0 = left out. Not available without cells.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// Cells whose largest probability falls into [i / bins, (i + 1) / bins); a probability of 1 has a bin of its own.
struct CalibrationBin {
    std::int64_t cells = 0;
    double confidence = 0;  // mean largest probability
    double accuracy = 0;    // share whose most probable class is the true one
};

struct CalibrationError {
    Score ece;                          // sum_m n_m / N |accuracy_m - confidence_m|
    Score maximum;                      // the largest of these differences
    std::vector<CalibrationBin> bins;   // bins + 1
};

// Guo et al., ICML 2017. Bin borders and comparisons are in float, as in torchmetrics, whose result depends on the last
// bit of probabilities that lie on a border. The most probable class is the first of equal ones.
CalibrationError calibration_error(std::span<const std::int32_t> truth, const DenseMatrix& probabilities, int bins = 15);

// Mean over cells of sum_k (p_k - y_k)^2, in [0, 2] (Brier 1950).
Score brier_score(std::span<const std::int32_t> truth, const DenseMatrix& probabilities);

// Mean of -log p of the true class, p no smaller than `smallest`.
Score log_loss(std::span<const std::int32_t> truth, const DenseMatrix& probabilities, double smallest = 2.220446049250313e-16);

// T > 0 that minimises the log loss of softmax(logits / T) (Guo et al.): one number, so that the ranking of classes
// stays. Found by bisection on the derivative, which is monotone in 1 / T. Not available when no finite T is best: all
// cells right (T towards 0) or the logits carry nothing (T towards infinity); the limits are 0.01 and 100.
Score fit_temperature(std::span<const std::int32_t> truth, const DenseMatrix& logits);

// softmax(logits / temperature), N x C.
DenseMatrix scaled_softmax(const DenseMatrix& logits, double temperature = 1);

}  // namespace lexicell
