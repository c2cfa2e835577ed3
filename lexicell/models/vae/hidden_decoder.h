#pragma once
#include <memory>
#include <string>

#include "lexicell/nn/mlp.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

// Latent (B x K) to the last hidden vector h (B x L) that cells and genes share: the Mlp, then a plain Linear without norm
// or activation (scilama.md 3.3). With no hidden layers it is that one Linear, which then sees the covariates.
class HiddenDecoder : public torch::nn::Module {
public:
    HiddenDecoder(const std::string& name, std::int64_t latent, std::int64_t outputs, const MlpOptions& options);
    torch::Tensor forward(const torch::Tensor& z, const torch::Tensor& covariates, const Pass& pass);
    // With batch_norm, the norm of the stage-1 head; h itself otherwise. In tied training only its running statistics
    // move, as in the published model.
    torch::Tensor normalised(const torch::Tensor& h, const Pass& pass);
    bool has_norm() const { return norm_ != nullptr; }

private:
    std::string name_;
    bool out_sees_covariates_;
    std::shared_ptr<Mlp> hidden_;
    std::shared_ptr<Linear> out_;
    std::shared_ptr<BatchNorm> norm_;
};

}  // namespace lexicell
