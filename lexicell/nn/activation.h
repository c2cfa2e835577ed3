#pragma once
#include <string>
#include <vector>

#include "lexicell/nn/torch.h"

namespace lexicell {

// An element-wise function by its torch.nn class name, with that class's defaults (LeakyReLU: slope 0.01).
using Activation = torch::Tensor (*)(const torch::Tensor&);
Activation activation(const std::string& name);  // Error(usage, "unknown-activation") for a name not in the list
const std::vector<std::string>& activation_names();

}  // namespace lexicell
