#pragma once
// How one side (cells or genes) runs through the network.

#include <functional>
#include <string>
#include <string_view>

#include "lexicell/nn/noise.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

struct Pass {
    bool training = false;         // BatchNorm uses and updates batch statistics; dropout acts
    const Noise* noise = nullptr;  // absent: posterior means and no dropout
    torch::Tensor ids;             // int64 on the CPU, one per row: the key of the noise
    std::function<void(const std::string& name, const torch::Tensor& value)> probe = {};  // sees intermediate results

    void see(const std::string& name, const torch::Tensor& value) const {
        if (probe) probe(name, value);
    }
    // mean + sigma * noise, or the mean where there is no noise.
    torch::Tensor sample(std::string_view site, const torch::Tensor& mean, const torch::Tensor& sigma) const {
        torch::Tensor z = noise ? mean + sigma * noise->normal(site, ids, mean.size(1), mean.options()) : mean;
        see(std::string(site), z);
        return z;
    }
};

}  // namespace lexicell
