#pragma once
// One posterior a gene from one Gaussian a source (scilama.md 3.4). A gene may lack some sources, never all.

#include <memory>
#include <string>
#include <vector>

#include "lexicell/nn/pass.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

struct Gaussians {
    torch::Tensor mu, sigma;  // G x K
};

struct FusedGenes {
    torch::Tensor mu, sigma;             // G x K: the reported embedding and its standard deviation
    std::vector<torch::Tensor> samples;  // G x K each; the losses of the samples are averaged
    torch::Tensor kl;                    // G: KL to N(0, I)
};

class Fusion {
public:
    virtual ~Fusion() = default;
    // sources: S posteriors; present: G x S of 0 and 1, undefined = all present. Noise sites "gene.latent", "gene.expert".
    virtual FusedGenes fuse(const std::vector<Gaussians>& sources, const torch::Tensor& present, const Pass& pass) const = 0;
};

// "average": mean of mu and of sigma. "poe": precision-weighted (prior_expert adds N(0, I)). "moe": a true mixture, one
// source drawn a gene and step. "moe_stratified": every source decoded, losses averaged. Else Error(usage, "unknown-fusion").
std::unique_ptr<Fusion> make_fusion(const std::string& name, bool prior_expert = false);
const std::vector<std::string>& fusion_names();

}  // namespace lexicell
