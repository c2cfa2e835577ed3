#pragma once
// Training through the tie: stage 2 with the published noisy cell side, stage 3, and direct mode (scilama.md 4.2, 5.1);
// with a count likelihood, direct training on counts and the joint stage after cached cells.

#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/objective.h"

namespace lexicell {

class TiedObjective : public Objective {
public:
    enum class Trains {
        genes,       // stage 2: the cell side keeps dropout and sampling but gets no gradient; gamma is 0
        everything,  // stage 3 and direct: all but the head's weight
    };
    TiedObjective(Scilama& network, Trains trains)
        : network_(network), trains_(trains), gamma_(trains == Trains::genes ? 0.0 : network.config().gamma) {}
    NamedTensors parameters() override;
    NamedTensors buffers() override { return network_.norm_buffers(); }
    Loss forward_backward(const Batch& batch, const StepContext& context) override;
    Loss evaluate(const Batch& batch, const StepContext& context) override;

    // The loss on a tape: nll (reconstruction + gamma * alignment) + kl_weight * kl. Probes see "recon", and "alignment"
    // where gamma is not 0.
    struct Terms {
        torch::Tensor total, nll, kl, recon;
    };
    Terms forward(const Batch& batch, double kl_weight, const Pass& cells, const Pass& genes);

private:
    Scilama& network_;
    Trains trains_;
    double gamma_;
};

}  // namespace lexicell
