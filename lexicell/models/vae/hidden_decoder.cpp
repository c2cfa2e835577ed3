#include "lexicell/models/vae/hidden_decoder.h"

namespace lexicell {

HiddenDecoder::HiddenDecoder(const std::string& name, std::int64_t latent, std::int64_t outputs, const MlpOptions& options)
    : name_(name), out_sees_covariates_(options.extra > 0 && (options.widths.empty() || options.extra_everywhere)) {
    hidden_ = register_module("hidden", std::make_shared<Mlp>(name, latent, options));
    const std::int64_t inputs = hidden_->outputs() + (out_sees_covariates_ ? options.extra : 0);
    out_ = register_module("out", std::make_shared<Linear>(inputs, outputs));
    if (options.batch_norm) norm_ = register_module("norm", std::make_shared<BatchNorm>(outputs));
}

torch::Tensor HiddenDecoder::forward(const torch::Tensor& z, const torch::Tensor& covariates, const Pass& pass) {
    torch::Tensor h = hidden_->forward(z, covariates, pass);
    if (out_sees_covariates_) h = append_columns(h, covariates);
    h = out_->forward(h);
    pass.see(name_ + ".h", h);
    return h;
}

torch::Tensor HiddenDecoder::normalised(const torch::Tensor& h, const Pass& pass) {
    if (!norm_) return h;
    torch::Tensor n = norm_->forward(h, pass.training);
    pass.see(name_ + ".norm", n);
    return n;
}

}  // namespace lexicell
