#pragma once
// The building block of scilama.md 3.1: for each width Linear -> [BatchNorm] -> [LayerNorm without affine parameters] ->
// activation -> dropout.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lexicell/nn/activation.h"
#include "lexicell/nn/batch_norm.h"
#include "lexicell/nn/linear.h"
#include "lexicell/nn/pass.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

struct MlpOptions {
    std::vector<std::int64_t> widths;      // one hidden layer each; may be empty
    bool batch_norm = false;
    bool layer_norm = true;                // eps 1e-5
    std::string activation = "LeakyReLU";  // a torch.nn class name
    double dropout = 0.1;
    std::int64_t extra = 0;                // C columns appended to the input of the first layer
    bool extra_everywhere = false;         // ... and of every further layer
};

class Mlp : public torch::nn::Module {
public:
    // `name` is the site of its dropout and the prefix of what a probe sees: "<name>.<layer>.linear", ".batch_norm",
    // ".layer_norm", ".out".
    Mlp(std::string name, std::int64_t inputs, const MlpOptions& options);
    // x: B x inputs; extra: B x C, undefined where C is 0. Returns B x outputs().
    torch::Tensor forward(torch::Tensor x, const torch::Tensor& extra, const Pass& pass);
    std::int64_t outputs() const { return outputs_; }
    Linear& first() { return *linears_.front(); }

private:
    std::string name_;
    MlpOptions options_;
    Activation activation_;
    std::int64_t outputs_;
    std::vector<std::shared_ptr<Linear>> linears_;
    std::vector<std::shared_ptr<BatchNorm>> norms_;  // empty without batch_norm
};

// [x | extra] for layers that see covariates.
torch::Tensor append_columns(const torch::Tensor& x, const torch::Tensor& extra);

}  // namespace lexicell
