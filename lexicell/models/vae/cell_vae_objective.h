#pragma once
// Stage 1: the cell VAE (scilama.md 4.2, 4.4). With the Gaussian likelihood the published beta-VAE, with a count likelihood
// the recommended one; which of them is the network's choice.

#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/objective.h"

namespace lexicell {

class CellVaeObjective : public Objective {
public:
    explicit CellVaeObjective(Scilama& network) : network_(network) {}
    NamedTensors parameters() override;
    NamedTensors buffers() override { return network_.norm_buffers(); }
    Loss forward_backward(const Batch& batch, const StepContext& context) override;
    Loss evaluate(const Batch& batch, const StepContext& context) override;

    // The loss on a tape: nll + kl_weight * kl, with the two terms. `pass` holds the cells' noise.
    struct Terms {
        torch::Tensor total, nll, kl, output;
    };
    Terms forward(const Batch& batch, double kl_weight, const Pass& pass);

private:
    Scilama& network_;
};

}  // namespace lexicell
