#pragma once
// What every sciLaMA objective does around its loss.

#include "lexicell/models/vae/gene_mask.h"
#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/correlation.h"
#include "lexicell/nn/objective.h"

namespace lexicell {

inline torch::Tensor batch_covariates(const Batch& batch) {
    return batch.has("covariates") ? batch.at("covariates") : torch::Tensor();
}

// In training, hides the genes that this step does not show to the encoder; input as encoder_input gives it.
inline torch::Tensor hide_genes(const Scilama& network, const torch::Tensor& input, const Pass& pass) {
    const ScilamaConfig& config = network.config();
    const double lowest = network.panel_free() ? config.panel_share : 1.0 - config.gene_dropout;
    if (!pass.training || !pass.noise || lowest >= 1.0) return input;
    const torch::Tensor keys = network.panel_free() ? network.tied_keys() : network.genes().keys;
    return input * shown_genes(*pass.noise, keys, lowest, input.options());
}

// Fills .grad of `parameters`, dropping what was there.
inline void backward(const torch::Tensor& loss, const NamedTensors& parameters) {
    for (const auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
    loss.backward();
}

// The numbers of a step; with config.step_metrics also the correlations of prediction and data that the official code
// shows (on counts: of the logits with log1p(x)).
inline Loss report(const Scilama& network, const torch::Tensor& total, const torch::Tensor& nll, const torch::Tensor& kl,
                   const torch::Tensor& output, const torch::Tensor& x) {
    Loss loss{total.item<double>(), {{"nll", nll.item<double>()}, {"kl", kl.item<double>()}}};
    if (network.config().step_metrics) {
        const torch::NoGradGuard off;
        const torch::Tensor seen = network.likelihood().of_counts() ? x.log1p() : x;
        loss.terms.emplace_back("pearson", pearson(output, seen));
        loss.terms.emplace_back("spearman", spearman(output, seen));
    }
    return loss;
}

}  // namespace lexicell
