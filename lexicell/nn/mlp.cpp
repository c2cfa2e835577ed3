#include "lexicell/nn/mlp.h"

#include "lexicell/base/error.h"

namespace lexicell {

torch::Tensor append_columns(const torch::Tensor& x, const torch::Tensor& extra) {
    return extra.defined() && extra.size(1) > 0 ? torch::cat({x, extra}, 1) : x;
}

Mlp::Mlp(std::string name, std::int64_t inputs, const MlpOptions& options)
    : name_(std::move(name)), options_(options), activation_(activation(options.activation)), outputs_(inputs) {
    for (std::size_t i = 0; i < options.widths.size(); ++i) {
        const bool sees_extra = i == 0 || options.extra_everywhere;
        const std::string layer = std::to_string(i);
        linears_.push_back(register_module(
            "linear" + layer, std::make_shared<Linear>(outputs_ + (sees_extra ? options.extra : 0), options.widths[i])));
        if (options.batch_norm)
            norms_.push_back(register_module("batch_norm" + layer, std::make_shared<BatchNorm>(options.widths[i])));
        outputs_ = options.widths[i];
    }
}

torch::Tensor Mlp::forward(torch::Tensor x, const torch::Tensor& extra, const Pass& pass) {
    for (std::size_t i = 0; i < linears_.size(); ++i) {
        const std::string layer = name_ + "." + std::to_string(i);
        if (options_.extra > 0 && (i == 0 || options_.extra_everywhere)) x = append_columns(x, extra);
        x = linears_[i]->forward(x);
        pass.see(layer + ".linear", x);
        if (options_.batch_norm) {
            x = norms_[i]->forward(x, pass.training);
            pass.see(layer + ".batch_norm", x);
        }
        if (options_.layer_norm) {
            x = torch::layer_norm(x, {x.size(1)}, {}, {}, 1e-5);
            pass.see(layer + ".layer_norm", x);
        }
        x = activation_(x);
        if (pass.training && pass.noise && options_.dropout > 0)
            x = x * pass.noise->dropout(layer, pass.ids, x.size(1), options_.dropout, x.options());
        pass.see(layer + ".out", x);
    }
    return x;
}

}  // namespace lexicell
