#pragma once
#include "lexicell/nn/torch.h"

namespace lexicell {

// Linear prediction of a gene's property from its static vector.
struct Ridge {
    torch::Tensor weights;    // D x T, double
    torch::Tensor intercept;  // T
    double r_squared = 0;     // of T together, over five cross-validation folds (row r in fold r mod 5)
    torch::Tensor predict(const torch::Tensor& x) const { return torch::matmul(x.to(torch::kFloat64), weights) + intercept; }
};

// x: n x D, y: n x T. The penalty is `strength` times the mean square of a column of x times n; larger shrinks more.
Ridge fit_ridge(const torch::Tensor& x, const torch::Tensor& y, double strength = 0.1);

}  // namespace lexicell
