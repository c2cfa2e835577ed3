#pragma once
#include <cstdint>
#include <string>

#include "lexicell/nn/noise.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

// y = x weight^T + bias; weight is outputs x inputs. Values are undefined until xavier_normal or a load fills them.
class Linear : public torch::nn::Module {
public:
    Linear(std::int64_t inputs, std::int64_t outputs, bool with_bias = true);
    torch::Tensor forward(const torch::Tensor& x) const { return torch::linear(x, weight, bias); }
    torch::Tensor weight, bias;
};

// Fills `weight` with N(0, 2 / (inputs + outputs)) (gain 1). Draws are keyed by `row_keys`, one id per row
// (per column with keys_on_columns), and by `site`, so that a gene's weights do not depend on its place.
void xavier_normal(torch::Tensor weight, const Noise& noise, const std::string& site, const torch::Tensor& row_keys,
                   bool keys_on_columns = false);

// Every weight matrix of a module Xavier-normal, keyed by its name and row number; biases 0, norms 1 and 0.
void initialise(torch::nn::Module& module, const Noise& noise, const std::string& prefix);

}  // namespace lexicell
