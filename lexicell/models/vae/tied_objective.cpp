#include "lexicell/models/vae/tied_objective.h"

#include "lexicell/models/vae/step.h"
#include "lexicell/nn/gaussian_kl.h"

namespace lexicell {

using torch::Tensor;

namespace {

Tensor detached(const Tensor& t) { return t.defined() ? t.detach() : t; }

}  // namespace

NamedTensors TiedObjective::parameters() {
    if (trains_ == Trains::genes) return network_.gene_parameters();
    NamedTensors all = network_.cell_parameters();
    for (auto& entry : network_.gene_parameters()) all.push_back(std::move(entry));
    for (auto& entry : network_.tie_parameters()) all.push_back(std::move(entry));
    return all;
}

TiedObjective::Terms TiedObjective::forward(const Batch& batch, double kl_weight, const Pass& cells, const Pass& genes) {
    const Tensor covariates = batch_covariates(batch);
    Gaussians q;
    Tensor cell_latent, cell_hidden;
    {
        const torch::AutoGradMode tape(torch::GradMode::is_enabled() && trains_ == Trains::everything);
        const Tensor input = hide_genes(network_, network_.encoder_input(batch), cells);
        q = network_.encode_cells(input, covariates, cells);
        cell_latent = cells.sample("cell.latent", q.mu, q.sigma);
        cell_hidden = network_.decode_cells(cell_latent, covariates, cells);
        network_.observe_head_norm(cell_hidden, cells);
    }
    const FusedGenes fused = network_.encode_genes(genes);
    const Tensor x = network_.tied_columns(batch.at("x"));
    const Likelihood& likelihood = network_.likelihood();
    const Tensor library = likelihood.of_counts() ? x.sum(1).clamp_min(1.0) : Tensor();
    GeneTerms shared = network_.tie_terms();
    if (trains_ == Trains::genes) shared = {shared.bias.detach(), detached(shared.covariates), {detached(shared.dispersion.log_theta), detached(shared.dispersion.zero_logit)}};
    const double share = 1.0 / static_cast<double>(fused.samples.size());
    Terms terms;
    for (const Tensor& z : fused.samples) {
        terms.recon = network_.tie(cell_hidden, network_.decode_genes(z, genes), shared, covariates);
        cells.see("recon", terms.recon);
        Tensor nll = likelihood.loss(terms.recon, x, library, shared.dispersion);
        if (gamma_ > 0) {
            const Tensor alignment = network_.align(cell_latent, z, shared, covariates);
            cells.see("alignment", alignment);
            nll = nll + gamma_ * likelihood.loss(alignment, x, library, shared.dispersion);
        }
        terms.nll = terms.nll.defined() ? terms.nll + share * nll : share * nll;
    }
    terms.kl = network_.config().gene_kl == ScilamaConfig::GeneKl::mean ? fused.kl.mean() : fused.kl.sum();
    if (trains_ == Trains::everything) terms.kl = terms.kl + gaussian_kl(q.mu, q.sigma).mean();
    terms.total = terms.nll + kl_weight * terms.kl;
    return terms;
}

Loss TiedObjective::forward_backward(const Batch& batch, const StepContext& context) {
    const PhiloxNoise noise(context.seed, context.step);
    const Pass cells{.training = true, .noise = &noise, .ids = batch.at("cells")};
    const Pass genes{.training = true, .noise = &noise, .ids = network_.tied_keys()};
    const Terms terms = forward(batch, context.kl_weight, cells, genes);
    backward(terms.total, parameters());
    return report(network_, terms.total, terms.nll, terms.kl, terms.recon, network_.tied_columns(batch.at("x")));
}

Loss TiedObjective::evaluate(const Batch& batch, const StepContext& context) {
    const torch::NoGradGuard off;
    const PhiloxNoise noise(context.seed, context.step);
    const Noise* source = network_.config().val_sample ? &noise : nullptr;
    const Terms terms = forward(batch, context.kl_weight, {.noise = source, .ids = batch.at("cells")},
                                {.noise = source, .ids = network_.tied_keys()});
    return report(network_, terms.total, terms.nll, terms.kl, terms.recon, network_.tied_columns(batch.at("x")));
}

}  // namespace lexicell
