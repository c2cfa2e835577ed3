#pragma once
// Element-wise log-probabilities of counts with plain differentiable tensor operations: the oracle of the fused kernels,
// and the form of scvi-tools when `eps` is its 1e-8 (added inside every logarithm). All arguments broadcast.

#include "lexicell/nn/torch.h"

namespace lexicell {

// Negative binomial with mean mu and inverse dispersion theta.
torch::Tensor nb_log_prob(const torch::Tensor& x, const torch::Tensor& mu, const torch::Tensor& theta, double eps);
// The same with probability sigmoid(pi_logit) of an extra zero.
torch::Tensor zinb_log_prob(const torch::Tensor& x, const torch::Tensor& mu, const torch::Tensor& theta,
                            const torch::Tensor& pi_logit, double eps);
torch::Tensor poisson_log_prob(const torch::Tensor& x, const torch::Tensor& mu);

}  // namespace lexicell
