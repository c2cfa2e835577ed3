#include "lexicell/nn/activation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

using torch::Tensor;

const std::vector<std::pair<std::string, Activation>>& table() {
    static const std::vector<std::pair<std::string, Activation>> entries = {
        {"LeakyReLU", [](const Tensor& x) { return torch::leaky_relu(x, 0.01); }},
        {"ReLU", [](const Tensor& x) { return torch::relu(x); }},
        {"ELU", [](const Tensor& x) { return torch::elu(x); }},
        {"CELU", [](const Tensor& x) { return torch::celu(x); }},
        {"SELU", [](const Tensor& x) { return torch::selu(x); }},
        {"GELU", [](const Tensor& x) { return torch::gelu(x); }},
        {"SiLU", [](const Tensor& x) { return torch::silu(x); }},
        {"Mish", [](const Tensor& x) { return torch::mish(x); }},
        {"ReLU6", [](const Tensor& x) { return torch::clamp(x, 0.0, 6.0); }},
        {"Softplus", [](const Tensor& x) { return torch::softplus(x); }},
        {"Sigmoid", [](const Tensor& x) { return torch::sigmoid(x); }},
        {"Tanh", [](const Tensor& x) { return torch::tanh(x); }},
        {"Identity", [](const Tensor& x) { return x; }},
    };
    return entries;
}

}  // namespace

const std::vector<std::string>& activation_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, function] : table()) all.push_back(name);
        return all;
    }();
    return names;
}

Activation activation(const std::string& name) {
    for (const auto& [known, function] : table())
        if (known == name) return function;
    throw Error(ErrorKind::usage, {.type = "unknown-activation",
                                   .message = "this activation is not known",
                                   .key = "activation",
                                   .found = name,
                                   .expected = fmt::format("one of {}", fmt::join(activation_names(), ", "))});
}

}  // namespace lexicell
