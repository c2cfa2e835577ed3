#include "lexicell/models/vae/gaussian_encoder.h"

namespace lexicell {

GaussianHeads::GaussianHeads(std::string name, std::int64_t inputs, std::int64_t latent, double var_eps)
    : name_(std::move(name)), var_eps_(var_eps) {
    mu_ = register_module("mu", std::make_shared<Linear>(inputs, latent));
    log_variance_ = register_module("log_variance", std::make_shared<Linear>(inputs, latent));
}

Gaussians GaussianHeads::forward(const torch::Tensor& features, const Pass& pass) {
    torch::Tensor mu = mu_->forward(features), s = log_variance_->forward(features);
    pass.see(name_ + ".mu", mu);
    pass.see(name_ + ".log_variance", s);
    torch::Tensor sigma = (s.exp() + var_eps_).sqrt();
    pass.see(name_ + ".sigma", sigma);
    return {std::move(mu), std::move(sigma)};
}

GaussianEncoder::GaussianEncoder(const std::string& name, std::int64_t inputs, std::int64_t latent, const MlpOptions& options,
                                 double var_eps) {
    hidden_ = register_module("hidden", std::make_shared<Mlp>(name, inputs, options));
    heads_ = register_module("heads", std::make_shared<GaussianHeads>(name, hidden_->outputs(), latent, var_eps));
}

}  // namespace lexicell
