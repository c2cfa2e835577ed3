#pragma once
#include "lexicell/nn/torch.h"

namespace lexicell {

// KL(N(mu, sigma^2) || N(0, 1)) of every row, summed over its K components; nats.
inline torch::Tensor gaussian_kl(const torch::Tensor& mu, const torch::Tensor& sigma) {
    const torch::Tensor variance = sigma * sigma;
    return 0.5 * (mu * mu + variance - 1.0 - variance.log()).sum(1);
}

}  // namespace lexicell
