#pragma once
#include "lexicell/nn/torch.h"

namespace lexicell {

// Correlation over all elements of two tensors of one shape; NaN where one is constant.
double pearson(const torch::Tensor& a, const torch::Tensor& b);
double spearman(const torch::Tensor& a, const torch::Tensor& b);  // ties share their mean rank

}  // namespace lexicell
