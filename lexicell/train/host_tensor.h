#pragma once
// Tensors to and from their form on disk.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/io/safetensors.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

HostTensor to_host(const torch::Tensor& tensor);
std::map<std::string, HostTensor> to_host(const NamedTensors& tensors);

// Copies values into the tensors, each of which must be there with its shape and type: Error(model, "tensor-mismatch")
// names the first that is not. Further entries of `values` are an error as well.
void copy_from_host(const std::map<std::string, HostTensor>& values, const NamedTensors& tensors);

}  // namespace lexicell
