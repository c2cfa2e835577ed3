#include "lexicell/models/vae/scilama_embed.h"

#include "lexicell/models/vae/step.h"

namespace lexicell {

using torch::Tensor;

Tensor embed_cells(Scilama& network, const Batch& batch) {
    const torch::NoGradGuard off;
    return network.encode_cells(network.encoder_input(batch), batch_covariates(batch), Pass()).mu;
}

Tensor embed_genes(Scilama& network) { return embed_genes(network, network.genes().vectors, network.genes().present); }

Tensor embed_genes(Scilama& network, const std::vector<Tensor>& vectors, const Tensor& present) {
    const torch::NoGradGuard off;
    return network.encode_genes(vectors, present, Pass()).mu;
}

Tensor panel_input(const Scilama& network, const Tensor& values) {
    return network.config().input == ScilamaConfig::Input::counts ? log_cp10k(values) : values;
}

Tensor embed_panel(Scilama& network, const Tensor& values, const std::vector<Tensor>& vectors, const Tensor& centre, const Tensor& covariates) {
    const torch::NoGradGuard off;
    PanelEncoder& encoder = network.panel_encoder();
    return encoder.forward(panel_input(network, values) - centre, encoder.table(torch::cat(vectors, 1)), covariates, Pass()).mu;
}

Tensor tie_of_cells(Scilama& network, const Tensor& latent, const Tensor& covariates) {
    const torch::NoGradGuard off;
    return network.tie_cells(network.decode_cells(latent, covariates, Pass()));
}

Tensor tie_of_genes(Scilama& network, const Tensor& gene_latent) {
    const torch::NoGradGuard off;
    return network.decode_genes(gene_latent, Pass());
}

bool decodes_through_tie(const Scilama& network) {
    const ScilamaConfig& config = network.config();
    return config.mode == ScilamaConfig::Mode::direct || (config.mode == ScilamaConfig::Mode::stepwise && config.joint);
}

Tensor decode_expression(Scilama& network, const Tensor& latent, const Tensor& covariates) {
    const torch::NoGradGuard off;
    const Tensor hidden = network.decode_cells(latent, covariates, Pass());
    const Tensor output = decodes_through_tie(network) ? network.tie(hidden, tie_of_genes(network, embed_genes(network)), network.tie_terms(), covariates)
                                                       : network.head(hidden, covariates, Pass());
    return network.likelihood().mean(output, torch::ones({latent.size(0)}, latent.options()));
}

}  // namespace lexicell
