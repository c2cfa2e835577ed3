#pragma once
#include <cstdint>

#include "lexicell/nn/torch.h"

namespace lexicell {

// BatchNorm over rows. Training uses batch statistics and updates the running ones (unbiased variance).
class BatchNorm : public torch::nn::Module {
public:
    explicit BatchNorm(std::int64_t width, double eps = 1e-5, double momentum = 0.1) : eps_(eps), momentum_(momentum) {
        weight = register_parameter("weight", torch::ones({width}));
        bias = register_parameter("bias", torch::zeros({width}));
        running_mean = register_buffer("running_mean", torch::zeros({width}));
        running_var = register_buffer("running_var", torch::ones({width}));
        batches_seen = register_buffer("batches_seen", torch::zeros({}, torch::kInt64));
    }
    torch::Tensor forward(const torch::Tensor& x, bool training) {
        if (training) batches_seen += 1;
        return torch::batch_norm(x, weight, bias, running_mean, running_var, training, momentum_, eps_, false);
    }
    torch::Tensor weight, bias, running_mean, running_var, batches_seen;

private:
    double eps_, momentum_;
};

}  // namespace lexicell
