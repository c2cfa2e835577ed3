#pragma once
// Posterior means and predictions of a trained network, in evaluation mode without noise or gradients. Letters as in
// scilama.h; P genes by their vectors.

#include "lexicell/models/vae/scilama.h"
#include "lexicell/nn/objective.h"

namespace lexicell {

torch::Tensor embed_cells(Scilama& network, const Batch& batch);  // mu, B x K
torch::Tensor embed_genes(Scilama& network);                      // mu of the tied genes, G' x K
// Genes by their vectors, also genes never measured: S tables of P x D, present as in ScilamaGenes; P x K.
torch::Tensor embed_genes(Scilama& network, const std::vector<torch::Tensor>& vectors, const torch::Tensor& present = {});

// The panel-free encoder on cells measured with any P genes. values: B x P counts (or log values, as the model's input);
// vectors: S tables of P x D; centre: P, mean log values of the data at hand (see panel_centre). B x K.
torch::Tensor embed_panel(Scilama& network, const torch::Tensor& values, const std::vector<torch::Tensor>& vectors,
                          const torch::Tensor& centre, const torch::Tensor& covariates = {});
// What the panel-free encoder reads before centring: log1p(CP10K) over the genes given where the input is counts. B x P.
torch::Tensor panel_input(const Scilama& network, const torch::Tensor& values);

// Both sides of a_r <h_i - centre, h_j>, the factor in the cells': logits are cells . genes^T + bias.
torch::Tensor tie_of_cells(Scilama& network, const torch::Tensor& latent, const torch::Tensor& covariates);  // B x L
torch::Tensor tie_of_genes(Scilama& network, const torch::Tensor& gene_latent);                              // P x L

// Expected expression from latent means, B x G: shares of the cell's total for count likelihoods (rows sum to 1), else the
// values themselves. From the stage-1 head where that is trained last, else through the tie (then B x G').
torch::Tensor decode_expression(Scilama& network, const torch::Tensor& latent, const torch::Tensor& covariates);
bool decodes_through_tie(const Scilama& network);

}  // namespace lexicell
