#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct LogisticOptions {
    double strength = 1;      // C of scikit-learn: weight of the losses against |w|^2 / 2; larger fits closer
    int iterations = 100;     // Newton steps at most
    double tolerance = 1e-6;  // on the largest entry of the gradient, divided by C N
};

struct LogisticModel {
    std::vector<double> weights;  // D
    double intercept = 0;

    double logit(std::span<const float> features) const;
};

// Minimises |w|^2 / 2 + C sum_i log(1 + exp(-y_i (w x_i + b))), y = +-1: the problem is convex and the intercept is not
// shrunk, so the result is scikit-learn's. Newton steps, solved by conjugate gradients, with halving. features: N x D;
// truth: N of 1 or 0, both present.
LogisticModel fit_logistic(const DenseMatrix& features, std::span<const std::int32_t> truth, const LogisticOptions& options = {});

}  // namespace lexicell
