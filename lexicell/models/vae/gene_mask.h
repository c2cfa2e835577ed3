#pragma once
#include "lexicell/nn/noise.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

// The genes an encoder is shown in one step: a share u ~ U(lowest, 1) of them, each drawn by its key. Returns G values,
// 0 for hidden genes and 1 / (share shown) for the others, so that sums keep their expectation (scilama.md 4.5, 8.2).
inline torch::Tensor shown_genes(const Noise& noise, const torch::Tensor& keys, double lowest, const torch::TensorOptions& like) {
    const double u = noise.uniform("genes.share", torch::zeros({1}, torch::kInt64), 1, torch::kFloat64).item<double>();
    const torch::Tensor shown = (noise.uniform("genes.shown", keys, 1, like).squeeze(1) < lowest + (1.0 - lowest) * u).to(like);
    return shown / shown.mean().clamp_min(1e-6);
}

}  // namespace lexicell
