#pragma once
#include <memory>
#include <string>

#include "lexicell/nn/fusion.h"
#include "lexicell/nn/mlp.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

// Two heads on B x D features: mean and standard deviation sqrt(exp(s) + var_eps) of a Gaussian over K components.
class GaussianHeads : public torch::nn::Module {
public:
    GaussianHeads(std::string name, std::int64_t inputs, std::int64_t latent, double var_eps);
    Gaussians forward(const torch::Tensor& features, const Pass& pass);

private:
    std::string name_;
    double var_eps_;
    std::shared_ptr<Linear> mu_, log_variance_;
};

// Mlp, then the two heads (scilama.md 3.2): the encoder of cells by columns, and of each gene source.
class GaussianEncoder : public torch::nn::Module {
public:
    GaussianEncoder(const std::string& name, std::int64_t inputs, std::int64_t latent, const MlpOptions& options, double var_eps);
    Gaussians forward(const torch::Tensor& x, const torch::Tensor& covariates, const Pass& pass) {
        return heads_->forward(hidden_->forward(x, covariates, pass), pass);
    }
    Mlp& hidden() { return *hidden_; }

private:
    std::shared_ptr<Mlp> hidden_;
    std::shared_ptr<GaussianHeads> heads_;
};

}  // namespace lexicell
