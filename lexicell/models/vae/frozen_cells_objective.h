#pragma once
// Stage 2 on frozen cells (scilama.md 4.4.3): the gene tower learns to rebuild the counts from hidden vectors of cells that
// no longer move. Cells are kept as posterior means (N x K); a step costs the gene tower and one product.

#include <functional>
#include <optional>

#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/objective.h"

namespace lexicell {

// Batches that cover each cell once; nothing at the end.
using BatchReader = std::function<std::optional<Batch>()>;

class FrozenCellsObjective : public Objective {
public:
    // latent: posterior means of all cells, N x K; row = the batch's "cells" id.
    FrozenCellsObjective(Scilama& network, torch::Tensor latent) : network_(network), latent_(std::move(latent)) {}
    NamedTensors parameters() override;
    NamedTensors buffers() override { return network_.norm_buffers(); }
    Loss forward_backward(const Batch& batch, const StepContext& context) override;
    Loss evaluate(const Batch& batch, const StepContext& context) override;

private:
    struct Terms {
        torch::Tensor total, nll, kl, logits;
    };
    Terms forward(const Batch& batch, double kl_weight, const Pass& genes);

    Scilama& network_;
    torch::Tensor latent_;  // N x K
};

// Encodes every cell, by `network` itself or by another network of the same latent space, centres the tie on the mean hidden vector and returns the objective of stage 2.
FrozenCellsObjective freeze_cells(Scilama& network, std::int64_t cells, const BatchReader& next);
FrozenCellsObjective freeze_cells(Scilama& network, Scilama& encoder, std::int64_t cells, const BatchReader& next);

}  // namespace lexicell
