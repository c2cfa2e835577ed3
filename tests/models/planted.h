#pragma once
// Small planted data for the sciLaMA tests: 3 groups of cells, 40 genes in 4 blocks, gene vectors that tell the block.

#include <torch/optim/adamw.h>

#include <string>
#include <vector>

#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/noise.h"
#include "lexicell/nn/objective.h"
#include "lexicell/nn/torch.h"

namespace lexicell::testing_support {

struct Planted {
    std::int64_t cells = 96, genes = 40;
    torch::Tensor counts, vectors, keys;

    Planted() {
        torch::manual_seed(5);
        const torch::Tensor group = torch::arange(cells).remainder(3), block = torch::arange(genes).remainder(4);
        const torch::Tensor rate = torch::where(group.unsqueeze(1) == block.unsqueeze(0), 12.0, 2.0);
        counts = torch::poisson(rate.to(torch::kFloat32));
        vectors = torch::one_hot(block, 4).to(torch::kFloat32) + 0.1 * torch::randn({genes, 4});
        std::vector<std::int64_t> all;
        for (std::int64_t g = 0; g < genes; ++g) all.push_back(text_key(gene_name(g)));
        keys = torch::tensor(all, torch::kInt64);
    }
    static std::string gene_name(std::int64_t g) { return "gene" + std::to_string(g); }
    torch::Tensor in_order() const { return torch::arange(genes); }

    ScilamaGenes gene_table(const torch::Tensor& order) const {
        const torch::Tensor x = counts.index_select(1, order);
        return {.keys = keys.index_select(0, order), .tied = torch::arange(genes), .vectors = {vectors.index_select(0, order)},
                .log_frequency = ((x.sum(0) + 1) / (x.sum() + genes)).log(),
                .centre = log_cp10k(x).mean(0)};
    }
    Batch batch(const torch::Tensor& rows, const torch::Tensor& order) const {
        return {{{"cells", rows}, {"x", counts.index_select(0, rows).index_select(1, order)}}};
    }
    Batch everything() const { return batch(torch::arange(cells), in_order()); }

    static ScilamaConfig config() {
        ScilamaConfig c = scilama_preset("recommended");
        c.likelihood = "nb";
        c.input = ScilamaConfig::Input::counts;
        c.encoder = ScilamaConfig::Encoder::columns;
        c.hidden = {32, 16};
        c.latent = 5;
        return c;
    }

    // AdamW over consecutive batches of 32; returns the evaluation loss of all cells.
    double train(Objective& objective, int steps, const torch::Tensor& order, double kl_weight = 0.1, double lr = 5e-3) const {
        std::vector<torch::Tensor> tensors;
        for (auto& [name, tensor] : objective.parameters()) tensors.push_back(tensor);
        torch::optim::AdamW optimiser(tensors, torch::optim::AdamWOptions(lr).weight_decay(0));
        for (int step = 0; step < steps; ++step) {
            objective.forward_backward(batch((torch::arange(32) + 32 * step).remainder(cells), order),
                                       {.seed = 1, .step = static_cast<std::uint64_t>(step), .kl_weight = kl_weight});
            optimiser.step();
        }
        return objective.evaluate(batch(torch::arange(cells), order), {.kl_weight = kl_weight}).total;
    }
    double train(Objective& objective, int steps) const { return train(objective, steps, in_order()); }
};

}  // namespace lexicell::testing_support
