#include "lexicell/models/vae/frozen_cells_objective.h"

#include "lexicell/models/vae/step.h"
#include "lexicell/nn/gaussian_kl.h"

namespace lexicell {

using torch::Tensor;

FrozenCellsObjective freeze_cells(Scilama& network, std::int64_t cells, const BatchReader& next) { return freeze_cells(network, network, cells, next); }

FrozenCellsObjective freeze_cells(Scilama& network, Scilama& encoder, std::int64_t cells, const BatchReader& next) {
    const torch::NoGradGuard off;
    const Pass still;
    Tensor latent = torch::zeros({cells, network.config().latent});
    Tensor hidden_sum = torch::zeros({network.config().hidden.front()}, torch::kFloat64);
    std::int64_t seen = 0;
    while (const std::optional<Batch> batch = next()) {
        const Tensor covariates = batch_covariates(*batch);
        const Tensor mu = encoder.encode_cells(encoder.encoder_input(*batch), covariates, still).mu;
        latent.index_copy_(0, batch->at("cells"), mu.to(torch::kCPU, torch::kFloat32));
        hidden_sum += network.decode_cells(mu, covariates, still).to(torch::kCPU, torch::kFloat64).sum(0);
        seen += batch->cells();
    }
    network.start_tie((hidden_sum / static_cast<double>(std::max<std::int64_t>(seen, 1))).to(torch::kFloat32));
    return FrozenCellsObjective(network, std::move(latent));
}

NamedTensors FrozenCellsObjective::parameters() {
    NamedTensors all = network_.gene_parameters();
    for (auto& entry : network_.tie_parameters()) all.push_back(std::move(entry));
    return all;
}

FrozenCellsObjective::Terms FrozenCellsObjective::forward(const Batch& batch, double kl_weight, const Pass& genes) {
    const Tensor x = network_.tied_columns(batch.at("x")), covariates = batch_covariates(batch);
    Tensor hidden;
    {
        const torch::NoGradGuard off;
        const Tensor mu = latent_.index_select(0, batch.at("cells")).to(x.device());
        hidden = network_.decode_cells(mu, covariates, Pass());
    }
    const Likelihood& likelihood = network_.likelihood();
    const Tensor library = likelihood.of_counts() ? x.sum(1).clamp_min(1.0) : Tensor();
    const FusedGenes fused = network_.encode_genes(genes);
    const GeneTerms shared = network_.tie_terms();
    Terms terms;
    for (const Tensor& z : fused.samples) {
        terms.logits = network_.tie(hidden, network_.decode_genes(z, genes), shared, covariates);
        const Tensor nll = likelihood.loss(terms.logits, x, library, shared.dispersion) / static_cast<double>(fused.samples.size());
        terms.nll = terms.nll.defined() ? terms.nll + nll : nll;
    }
    terms.kl = network_.config().gene_kl == ScilamaConfig::GeneKl::mean ? fused.kl.mean() : fused.kl.sum();
    terms.total = terms.nll + kl_weight * terms.kl;
    return terms;
}

Loss FrozenCellsObjective::forward_backward(const Batch& batch, const StepContext& context) {
    const PhiloxNoise noise(context.seed, context.step);
    const Terms terms = forward(batch, context.kl_weight, {.training = true, .noise = &noise, .ids = network_.tied_keys()});
    backward(terms.total, parameters());
    return report(network_, terms.total, terms.nll, terms.kl, terms.logits, network_.tied_columns(batch.at("x")));
}

Loss FrozenCellsObjective::evaluate(const Batch& batch, const StepContext& context) {
    const torch::NoGradGuard off;
    const Terms terms = forward(batch, context.kl_weight, Pass());
    return report(network_, terms.total, terms.nll, terms.kl, terms.logits, network_.tied_columns(batch.at("x")));
}

}  // namespace lexicell
