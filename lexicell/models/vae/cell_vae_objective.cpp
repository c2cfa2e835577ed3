#include "lexicell/models/vae/cell_vae_objective.h"

#include "lexicell/models/vae/gene_mask.h"
#include "lexicell/models/vae/step.h"
#include "lexicell/nn/gaussian_kl.h"

namespace lexicell {

using torch::Tensor;

NamedTensors CellVaeObjective::parameters() {
    NamedTensors all = network_.cell_parameters();
    for (auto& entry : network_.head_parameters()) all.push_back(std::move(entry));
    return all;
}

CellVaeObjective::Terms CellVaeObjective::forward(const Batch& batch, double kl_weight, const Pass& pass) {
    const Tensor& x = batch.at("x");
    const Tensor covariates = batch_covariates(batch);
    const Tensor input = hide_genes(network_, network_.encoder_input(batch), pass);
    const Gaussians q = network_.encode_cells(input, covariates, pass);
    const Tensor z = pass.sample("cell.latent", q.mu, q.sigma);
    Terms terms;
    terms.output = network_.head(network_.decode_cells(z, covariates, pass), covariates, pass);
    const Likelihood& likelihood = network_.likelihood();
    const Tensor library = likelihood.of_counts() ? x.sum(1).clamp_min(1.0) : Tensor();
    terms.nll = likelihood.loss(terms.output, x, library, network_.head_terms().dispersion);
    terms.kl = gaussian_kl(q.mu, q.sigma).mean();
    terms.total = terms.nll + kl_weight * terms.kl;
    return terms;
}

Loss CellVaeObjective::forward_backward(const Batch& batch, const StepContext& context) {
    const PhiloxNoise noise(context.seed, context.step);
    const Terms terms = forward(batch, context.kl_weight, {.training = true, .noise = &noise, .ids = batch.at("cells")});
    backward(terms.total, parameters());
    return report(network_, terms.total, terms.nll, terms.kl, terms.output, batch.at("x"));
}

Loss CellVaeObjective::evaluate(const Batch& batch, const StepContext& context) {
    const torch::NoGradGuard off;
    const PhiloxNoise noise(context.seed, context.step);
    const bool sample = network_.config().val_sample;
    const Terms terms = forward(batch, context.kl_weight, {.noise = sample ? &noise : nullptr, .ids = batch.at("cells")});
    return report(network_, terms.total, terms.nll, terms.kl, terms.output, batch.at("x"));
}

}  // namespace lexicell
