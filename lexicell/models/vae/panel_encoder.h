#pragma once
// The panel-free cell encoder (scilama.md 4.5): the weights of its first layer are generated from the genes' static
// vectors, so that a cell measured with any set of genes can be read.

#include <memory>
#include <string>

#include "lexicell/models/vae/gaussian_encoder.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

class PanelEncoder : public torch::nn::Module {
public:
    // vector_width: D. options.widths: the first is the width of the generated layer, the others follow it.
    PanelEncoder(const std::string& name, std::int64_t vector_width, std::int64_t latent, const MlpOptions& options, double var_eps);
    // phi of each gene's vector, P x widths[0]: the first layer for that panel.
    torch::Tensor table(const torch::Tensor& vectors) const;
    // centred: B x P log values minus the gene's mean in the data at hand (0 where a gene is hidden); table: P x widths[0].
    Gaussians forward(const torch::Tensor& centred, const torch::Tensor& table, const torch::Tensor& covariates, const Pass& pass);

private:
    std::shared_ptr<Linear> phi_in_, phi_out_;
    std::shared_ptr<Mlp> hidden_;
    std::shared_ptr<GaussianHeads> heads_;
    bool heads_see_covariates_;  // where no layer follows the generated one
};

}  // namespace lexicell
