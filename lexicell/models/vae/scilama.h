#pragma once
// The sciLaMA network (scilama.md 3, 4): a cell encoder and decoder with the stage-1 head, and a gene encoder and decoder
// that read static vectors. Expression is the inner product of the two decoders' hidden vectors.
// Letters: B cells of a batch, G genes, G' genes that have a vector ("tied"), C covariate columns, K latent, L tie width.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/io/safetensors.h"
#include "lexicell/models/vae/gaussian_encoder.h"
#include "lexicell/models/vae/hidden_decoder.h"
#include "lexicell/models/vae/panel_encoder.h"
#include "lexicell/models/vae/scilama_config.h"
#include "lexicell/nn/fusion.h"
#include "lexicell/nn/likelihood.h"
#include "lexicell/nn/objective.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

// What the genes bring.
struct ScilamaGenes {
    torch::Tensor keys;                  // G, int64: text_key of each id; the key of its noise and initial weights
    torch::Tensor tied;                  // G', int64 ascending: the genes that have a vector; may be empty
    std::vector<torch::Tensor> vectors;  // S tables, G' x D: row k belongs to gene tied[k]; zeros where absent
    torch::Tensor present;               // G' x S of 0 and 1: which sources know the gene; undefined = all
    torch::Tensor log_frequency;         // G: start of the head's bias; undefined = 0
    torch::Tensor centre;                // G': mean encoder input, for the panel-free encoder; undefined = 0
};

// log1p(1e4 x / total) of counts, B x P; a cell without counts stays 0.
torch::Tensor log_cp10k(const torch::Tensor& counts);

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

// Per-gene terms of the logits: of the stage-1 head (G) or of the tie (G').
struct GeneTerms {
    torch::Tensor bias;
    torch::Tensor covariates;   // G x C or undefined: B_{cov(i), j}
    GeneDispersion dispersion;
};

class Scilama : public torch::nn::Module {
public:
    // `config` has no "auto" left (see resolve_auto). Weights are drawn from config.seed.
    Scilama(const ScilamaConfig& config, ScilamaGenes genes, std::int64_t covariates);

    const ScilamaConfig& config() const { return config_; }
    const ScilamaGenes& genes() const { return genes_; }
    const Likelihood& likelihood() const { return *likelihood_; }
    std::int64_t gene_count() const { return genes_.keys.size(0); }
    std::int64_t tied_count() const { return genes_.tied.size(0); }
    std::int64_t covariate_count() const { return covariates_; }
    const torch::Tensor& tied_keys() const { return tied_keys_; }  // G': noise keys of the tied genes
    bool has_gene_side() const { return gene_decoder_ != nullptr; }
    bool panel_free() const { return panel_encoder_ != nullptr; }

    // x as the batch holds it (counts, or log or scaled values), B x G. The columns of the genes the tie models, B x G'.
    torch::Tensor tied_columns(const torch::Tensor& x) const;
    // What the encoder reads of a batch: log1p(CP10K) of counts ("u" where the batch holds it), "x" itself otherwise; B x G
    // (B x G', centred, when panel-free).
    torch::Tensor encoder_input(const Batch& batch) const;
    // input as encoder_input gives it; covariates B x C or undefined.
    Gaussians encode_cells(const torch::Tensor& input, const torch::Tensor& covariates, const Pass& pass);
    torch::Tensor decode_cells(const torch::Tensor& z, const torch::Tensor& covariates, const Pass& pass);  // h, B x L
    // Stage-1 logits (or means) from h, B x G.
    torch::Tensor head(const torch::Tensor& h, const torch::Tensor& covariates, const Pass& pass);
    GeneTerms head_terms() const;
    // In tied training the head is not used, yet the running statistics of its BatchNorm move, as in the published model.
    void observe_head_norm(const torch::Tensor& h, const Pass& pass);

    // Posterior of the tied genes, or of any genes by their vectors.
    FusedGenes encode_genes(const Pass& pass) { return encode_genes(genes_.vectors, genes_.present, pass); }
    FusedGenes encode_genes(const std::vector<torch::Tensor>& vectors, const torch::Tensor& present, const Pass& pass);
    torch::Tensor decode_genes(const torch::Tensor& z, const Pass& pass);  // h, G' x L
    torch::Tensor tie_cells(const torch::Tensor& cell_hidden) const;  // a_r (h_i - centre), B x L
    // a_r <h_i - centre, h_j> + b_j + B, B x G'; cell_hidden as decode_cells gives it, terms as tie_terms does.
    torch::Tensor tie(const torch::Tensor& cell_hidden, const torch::Tensor& gene_hidden, const GeneTerms& terms, const torch::Tensor& covariates) const;
    // a_z <z_i, z_j> + b_j + B, B x G'.
    torch::Tensor align(const torch::Tensor& cell_latent, const torch::Tensor& gene_latent, const GeneTerms& terms, const torch::Tensor& covariates) const;
    GeneTerms tie_terms() const;
    // Sets the tie of cached cells to stage 1's prediction for the mean cell; mean_hidden: L.
    void start_tie(const torch::Tensor& mean_hidden);

    // Takes over how another network of the same genes decodes cells: its cell decoder, head and their statistics.
    void take_cell_decoder(const Scilama& other);

    // Trainable tensors of each side, named as in the model folder.
    NamedTensors cell_parameters() const;
    NamedTensors head_parameters() const;   // stage 1: weight, bias, norm, and what the likelihood needs
    NamedTensors gene_parameters() const;
    NamedTensors tie_parameters() const;    // the terms of the tie: its own, or the head's without the weight
    NamedTensors norm_buffers() const;      // running statistics of BatchNorm

    PanelEncoder& panel_encoder() { return *panel_encoder_; }
    torch::Tensor all_vectors() const { return torch::cat(genes_.vectors, 1); }  // G' x sum of D

    // Everything the model folder holds, static vectors included.
    std::map<std::string, HostTensor> to_tensors() const;
    // Error(model) names a tensor that is missing, extra, or of another shape or type.
    void from_tensors(const std::map<std::string, HostTensor>& tensors);

private:
    bool own_tie() const;
    void initialise_weights();
    NamedTensors named(const std::string& prefix, bool buffers) const;

    ScilamaConfig config_;
    ScilamaGenes genes_;
    std::int64_t covariates_;
    bool all_tied_;
    torch::Tensor tied_keys_;
    std::unique_ptr<Likelihood> likelihood_;
    std::unique_ptr<Fusion> fusion_;
    double recon_factor_, align_factor_;
    std::shared_ptr<GaussianEncoder> cell_encoder_;     // exactly one of the two
    std::shared_ptr<PanelEncoder> panel_encoder_;
    std::shared_ptr<HiddenDecoder> cell_decoder_, gene_decoder_;
    std::vector<std::shared_ptr<GaussianEncoder>> gene_encoders_;
    GeneTerms head_, tie_;
    torch::Tensor head_weight_;  // G x L
    torch::Tensor centre_;       // L: mean cell of the tie
};

}  // namespace lexicell
