#include "lexicell/models/vae/panel_encoder.h"

#include <cmath>

namespace lexicell {

PanelEncoder::PanelEncoder(const std::string& name, std::int64_t vector_width, std::int64_t latent, const MlpOptions& options,
                           double var_eps) {
    const std::int64_t width = options.widths.front();
    phi_in_ = register_module("phi_in", std::make_shared<Linear>(vector_width, width));
    phi_out_ = register_module("phi_out", std::make_shared<Linear>(width, width));
    MlpOptions rest = options;
    rest.widths.erase(rest.widths.begin());
    rest.layer_norm = false;
    hidden_ = register_module("hidden", std::make_shared<Mlp>(name, width, rest));
    heads_see_covariates_ = rest.widths.empty() && rest.extra > 0;
    heads_ = register_module("heads", std::make_shared<GaussianHeads>(
                                          name, hidden_->outputs() + (heads_see_covariates_ ? rest.extra : 0), latent, var_eps));
}

torch::Tensor PanelEncoder::table(const torch::Tensor& vectors) const {
    return phi_out_->forward(torch::leaky_relu(phi_in_->forward(vectors), 0.01));
}

Gaussians PanelEncoder::forward(const torch::Tensor& centred, const torch::Tensor& table, const torch::Tensor& covariates,
                                const Pass& pass) {
    const torch::Tensor u = torch::matmul(centred, table) / std::sqrt(static_cast<double>(table.size(0)));
    const torch::Tensor features = hidden_->forward(torch::layer_norm(u, {u.size(1)}, {}, {}, 1e-5), covariates, pass);
    return heads_->forward(heads_see_covariates_ ? append_columns(features, covariates) : features, pass);
}

}  // namespace lexicell
