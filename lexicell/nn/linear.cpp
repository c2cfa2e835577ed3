#include "lexicell/nn/linear.h"

#include <cmath>

namespace lexicell {

Linear::Linear(std::int64_t inputs, std::int64_t outputs, bool with_bias) {
    weight = register_parameter("weight", torch::zeros({outputs, inputs}));
    if (with_bias) bias = register_parameter("bias", torch::zeros({outputs}));
}

void xavier_normal(torch::Tensor weight, const Noise& noise, const std::string& site, const torch::Tensor& row_keys,
                   bool keys_on_columns) {
    const torch::NoGradGuard off;
    const double deviation = std::sqrt(2.0 / static_cast<double>(weight.size(0) + weight.size(1)));
    torch::Tensor draws = noise.normal("init." + site, row_keys, weight.size(keys_on_columns ? 0 : 1), weight.options());
    weight.copy_((keys_on_columns ? draws.t() : draws) * deviation);
}

void initialise(torch::nn::Module& module, const Noise& noise, const std::string& prefix) {
    const torch::NoGradGuard off;
    for (auto& entry : module.named_parameters()) {
        torch::Tensor value = entry.value();
        if (value.dim() == 2) {
            xavier_normal(value, noise, prefix + entry.key(), torch::arange(value.size(0), torch::kInt64));
        } else {
            const bool is_scale = entry.key().ends_with("weight");  // of a BatchNorm
            value.fill_(is_scale ? 1.0 : 0.0);
        }
    }
}

}  // namespace lexicell
