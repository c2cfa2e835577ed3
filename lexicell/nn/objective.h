#pragma once
// What training minimises (design.md, "Objective"): a batch and a noise key go in, loss terms and gradients come out.
// The autograd form and a fused form of one objective are two classes behind this interface and must agree.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/nn/torch.h"

namespace lexicell {

// Named tensors of B cells: "cells" (B, int64: row in the training data, the key of the noise), "x" (B x G), and what
// the featurizer adds ("covariates", B x C).
struct Batch {
    std::map<std::string, torch::Tensor> tensors;
    const torch::Tensor& at(const std::string& name) const { return tensors.at(name); }
    bool has(const std::string& name) const { return tensors.count(name) > 0; }
    std::int64_t cells() const { return tensors.at("cells").size(0); }
};

// Everything a step may depend on besides batch and weights. Noise is a function of (seed, step, cell id) only.
struct StepContext {
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
    double kl_weight = 1.0;  // beta
};

struct Loss {
    double total = 0;                                   // per cell
    std::vector<std::pair<std::string, double>> terms;  // named parts, unweighted
};

class Objective {
public:
    virtual ~Objective() = default;
    // The tensors that this objective trains, named as in the model folder; stable order.
    virtual std::vector<std::pair<std::string, torch::Tensor>> parameters() = 0;
    // Further state that a step changes and a checkpoint must hold, such as running statistics; stable order.
    virtual std::vector<std::pair<std::string, torch::Tensor>> buffers() { return {}; }
    // Training mode: fills .grad of every parameter (zeroed first) and returns the loss of this batch.
    virtual Loss forward_backward(const Batch& batch, const StepContext& context) = 0;
    // Evaluation mode, no noise unless the objective is configured to sample, no gradients.
    virtual Loss evaluate(const Batch& batch, const StepContext& context) = 0;
};

}  // namespace lexicell
