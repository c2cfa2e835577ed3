#include "lexicell/models/vae/scilama.h"

#include "lexicell/base/error.h"
#include "lexicell/nn/dot_scale.h"

namespace lexicell {
namespace {

using torch::Tensor;

MlpOptions mlp_options(const ScilamaConfig& config, std::vector<std::int64_t> widths, std::int64_t covariates) {
    return {.widths = std::move(widths),
            .batch_norm = config.batch_norm,
            .layer_norm = config.layer_norm,
            .activation = config.activation,
            .dropout = config.dropout,
            .extra = covariates,
            .extra_everywhere = config.covariates_at == "all"};
}

// The decoder's hidden widths: the encoder's in reverse without the first.
std::vector<std::int64_t> decoder_widths(const std::vector<std::int64_t>& hidden) {
    return {hidden.rbegin(), hidden.rend() - 1};
}

// b_j + B_{cov(i), j} added to `logits`.
Tensor add_covariates(Tensor logits, const GeneTerms& terms, const Tensor& covariates) {
    return terms.covariates.defined() && covariates.defined() ? logits + torch::matmul(covariates, terms.covariates.t()) : logits;
}

}  // namespace

Scilama::Scilama(const ScilamaConfig& config, ScilamaGenes genes, std::int64_t covariates)
    : config_(config), genes_(std::move(genes)), covariates_(covariates) {
    LEXICELL_ASSERT(config.likelihood != "auto" && config.encoder != ScilamaConfig::Encoder::automatic &&
                        config.input != ScilamaConfig::Input::automatic, "automatic choices are resolved first");
    const std::int64_t all = gene_count(), latent = config.latent, width = config.hidden.front();
    if (!genes_.tied.defined()) genes_.tied = torch::empty({0}, torch::kInt64);
    all_tied_ = tied_count() == all;
    tied_keys_ = genes_.keys.index_select(0, genes_.tied);
    likelihood_ = make_likelihood(config.likelihood);
    fusion_ = make_fusion(config.fusion, config.poe_prior);
    const DotScale scale = config.dot_scale == ScilamaConfig::DotScale::sqrt ? DotScale::sqrt : DotScale::none;
    recon_factor_ = dot_factor(scale, width);
    align_factor_ = dot_factor(scale, latent);

    const MlpOptions encoder = mlp_options(config, config.hidden, covariates);
    const MlpOptions decoder = mlp_options(config, decoder_widths(config.hidden), covariates);
    if (config.encoder == ScilamaConfig::Encoder::panel_free) {
        LEXICELL_ASSERT(tied_count() > 0, "the panel-free encoder needs gene vectors");
        panel_encoder_ = register_module("cell_encoder", std::make_shared<PanelEncoder>("cell_encoder", all_vectors().size(1), latent, encoder, config.var_eps));
    } else {
        cell_encoder_ = register_module("cell_encoder", std::make_shared<GaussianEncoder>("cell_encoder", all, latent, encoder, config.var_eps));
    }
    cell_decoder_ = register_module("cell_decoder", std::make_shared<HiddenDecoder>("cell_decoder", latent, width, decoder));
    const auto register_terms = [&](const std::string& prefix, std::int64_t count) {
        GeneTerms terms;
        terms.bias = register_parameter(prefix + "_bias", torch::zeros({count}));
        if (likelihood_->of_counts() && covariates > 0) terms.covariates = register_parameter(prefix + "_covariates", torch::zeros({count, covariates}));
        if (likelihood_->has_theta()) terms.dispersion.log_theta = register_parameter(prefix + "_log_theta", torch::zeros({count}));
        if (likelihood_->has_zero_logit()) terms.dispersion.zero_logit = register_parameter(prefix + "_zero_logit", torch::full({count}, -3.0));
        return terms;
    };
    head_weight_ = register_parameter("head_weight", torch::zeros({all, width}));
    head_ = register_terms("head", all);
    if (!genes_.vectors.empty() && config.mode != ScilamaConfig::Mode::beta_vae) {
        MlpOptions gene_encoder = encoder, gene_decoder = decoder;
        gene_encoder.extra = gene_decoder.extra = 0;
        for (std::size_t s = 0; s < genes_.vectors.size(); ++s) {
            const std::string name = "gene_encoder" + std::to_string(s);
            gene_encoders_.push_back(register_module(name, std::make_shared<GaussianEncoder>(name, genes_.vectors[s].size(1), latent, gene_encoder, config.var_eps)));
        }
        gene_decoder_ = register_module("gene_decoder", std::make_shared<HiddenDecoder>("gene_decoder", latent, width, gene_decoder));
        if (own_tie()) {
            tie_ = register_terms("tie", tied_count());
            centre_ = register_buffer("tie_centre", torch::zeros({width}));
        }
    }
    for (std::size_t s = 0; s < genes_.vectors.size(); ++s) genes_.vectors[s] = register_buffer("vectors" + std::to_string(s), genes_.vectors[s].to(torch::kFloat32).contiguous());
    if (genes_.present.defined()) genes_.present = register_buffer("vectors_present", genes_.present.to(torch::kFloat32));
    if (panel_encoder_) genes_.centre = register_buffer("panel_centre", genes_.centre.defined() ? genes_.centre.to(torch::kFloat32) : torch::zeros({tied_count()}));
    initialise_weights();
}

bool Scilama::own_tie() const {
    return config_.mode == ScilamaConfig::Mode::stepwise && config_.stage2_cell == ScilamaConfig::Stage2Cell::cached;
}

void Scilama::initialise_weights() {
    const torch::NoGradGuard off;
    const PhiloxNoise noise(config_.seed, 0);
    for (const auto& child : named_children()) initialise(*child.value(), noise, child.key() + ".");
    xavier_normal(head_weight_, noise, "head_weight", genes_.keys);
    if (cell_encoder_) {  // columns of genes by gene, columns of covariates by number
        Tensor weight = cell_encoder_->hidden().first().weight;
        const Tensor keys = torch::cat({genes_.keys, torch::arange(covariates_, torch::kInt64)});
        xavier_normal(weight, noise, "cell_encoder.first", keys, true);
    }
    if (genes_.log_frequency.defined()) head_.bias.copy_(genes_.log_frequency);
}

Tensor Scilama::tied_columns(const Tensor& x) const { return all_tied_ ? x : x.index_select(1, genes_.tied.to(x.device())); }

Tensor log_cp10k(const Tensor& counts) { return (counts * (1e4 / counts.sum(1, true).clamp_min(1.0))).log1p_(); }

Tensor Scilama::encoder_input(const Batch& batch) const {
    const bool counts = config_.input == ScilamaConfig::Input::counts;
    if (!panel_free()) return !counts ? batch.at("x") : batch.has("u") ? batch.at("u") : log_cp10k(batch.at("x"));
    const Tensor read = tied_columns(batch.at("x"));
    return (counts ? log_cp10k(read) : read) - genes_.centre;
}

Gaussians Scilama::encode_cells(const Tensor& input, const Tensor& covariates, const Pass& pass) {
    return panel_free() ? panel_encoder_->forward(input, panel_encoder_->table(all_vectors()), covariates, pass)
                        : cell_encoder_->forward(input, covariates, pass);
}

Tensor Scilama::decode_cells(const Tensor& z, const Tensor& covariates, const Pass& pass) {
    return cell_decoder_->forward(z, covariates, pass);
}

Tensor Scilama::head(const Tensor& h, const Tensor& covariates, const Pass& pass) {
    Tensor input = cell_decoder_->normalised(h, pass);
    if (pass.training && pass.noise && config_.dropout > 0)
        input = input * pass.noise->dropout("head", pass.ids, input.size(1), config_.dropout, input.options());
    return add_covariates(torch::linear(input, head_weight_, head_.bias), head_, covariates);
}

GeneTerms Scilama::head_terms() const { return head_; }

void Scilama::observe_head_norm(const Tensor& h, const Pass& pass) {
    if (!cell_decoder_->has_norm() || !(pass.training || pass.probe)) return;
    const torch::NoGradGuard off;
    cell_decoder_->normalised(h, pass);
}

FusedGenes Scilama::encode_genes(const std::vector<Tensor>& vectors, const Tensor& present, const Pass& pass) {
    LEXICELL_ASSERT(vectors.size() == gene_encoders_.size(), "one table a gene source");
    std::vector<Gaussians> sources;
    for (std::size_t s = 0; s < vectors.size(); ++s) sources.push_back(gene_encoders_[s]->forward(vectors[s], {}, pass));
    FusedGenes fused = fusion_->fuse(sources, present, pass);
    pass.see("gene.mu", fused.mu);
    pass.see("gene.sigma", fused.sigma);
    return fused;
}

Tensor Scilama::decode_genes(const Tensor& z, const Pass& pass) {
    const Tensor h = gene_decoder_->forward(z, {}, pass);
    if (gene_decoder_->has_norm() && (pass.training || pass.probe)) {
        const torch::NoGradGuard off;
        gene_decoder_->normalised(h, pass);
    }
    return h;
}

GeneTerms Scilama::tie_terms() const {
    if (tie_.bias.defined()) return tie_;
    if (all_tied_) return head_;
    const auto rows = [&](const Tensor& t) { return t.defined() ? t.index_select(0, genes_.tied) : t; };
    return {rows(head_.bias), rows(head_.covariates), {rows(head_.dispersion.log_theta), rows(head_.dispersion.zero_logit)}};
}

Tensor Scilama::tie(const Tensor& cell_hidden, const Tensor& gene_hidden, const GeneTerms& terms, const Tensor& covariates) const {
    return add_covariates(torch::linear(tie_cells(cell_hidden), gene_hidden, terms.bias), terms, covariates);
}

Tensor Scilama::tie_cells(const Tensor& cell_hidden) const {
    const Tensor cells = centre_.defined() ? cell_hidden - centre_ : cell_hidden;
    return recon_factor_ == 1.0 ? cells : cells * recon_factor_;
}

Tensor Scilama::align(const Tensor& cell_latent, const Tensor& gene_latent, const GeneTerms& terms, const Tensor& covariates) const {
    return add_covariates(torch::linear(align_factor_ == 1.0 ? cell_latent : cell_latent * align_factor_, gene_latent, terms.bias), terms, covariates);
}

void Scilama::start_tie(const Tensor& mean_hidden) {
    LEXICELL_ASSERT(tie_.bias.defined(), "the tie has its own terms");
    const torch::NoGradGuard off;
    centre_.copy_(mean_hidden);
    const Pass still;
    const Tensor mean_logits = head(mean_hidden.unsqueeze(0), {}, still).squeeze(0);
    const auto start = [&](Tensor target, const Tensor& source) {
        if (target.defined()) target.copy_(source.index_select(0, genes_.tied));
    };
    start(tie_.bias, mean_logits);
    start(tie_.covariates, head_.covariates);
    start(tie_.dispersion.log_theta, head_.dispersion.log_theta);
    start(tie_.dispersion.zero_logit, head_.dispersion.zero_logit);
}

void Scilama::take_cell_decoder(const Scilama& other) {
    const torch::NoGradGuard off;
    const auto take = [](const NamedTensors& targets, const NamedTensors& sources) {
        LEXICELL_ASSERT(targets.size() == sources.size(), "networks of one configuration");
        for (std::size_t i = 0; i < targets.size(); ++i) targets[i].second.copy_(sources[i].second);
    };
    for (const bool buffers : {false, true}) take(named("cell_decoder", buffers), other.named("cell_decoder", buffers));
    take(head_parameters(), other.head_parameters());
}

NamedTensors Scilama::named(const std::string& prefix, bool buffers) const {
    NamedTensors found;
    for (const auto& entry : buffers ? named_buffers() : named_parameters())
        if (entry.key().starts_with(prefix)) found.emplace_back(entry.key(), entry.value());
    return found;
}

NamedTensors Scilama::cell_parameters() const {
    NamedTensors found = named("cell_encoder.", false);
    for (auto& entry : named("cell_decoder.", false))
        if (!entry.first.starts_with("cell_decoder.norm")) found.push_back(std::move(entry));
    return found;
}

NamedTensors Scilama::head_parameters() const {
    NamedTensors found = named("head_", false);
    for (auto& entry : named("cell_decoder.norm", false)) found.push_back(std::move(entry));
    return found;
}

NamedTensors Scilama::gene_parameters() const {
    NamedTensors found = named("gene_encoder", false);
    for (auto& entry : named("gene_decoder.", false))
        if (!entry.first.starts_with("gene_decoder.norm")) found.push_back(std::move(entry));
    return found;
}

NamedTensors Scilama::tie_parameters() const {
    if (tie_.bias.defined()) return named("tie_", false);
    NamedTensors found;
    for (auto& entry : named("head_", false))
        if (entry.first != "head_weight") found.push_back(std::move(entry));
    return found;
}

NamedTensors Scilama::norm_buffers() const {
    NamedTensors found;
    for (auto& entry : named("", true))
        if (entry.first.find("norm") != std::string::npos) found.push_back(std::move(entry));
    return found;
}

}  // namespace lexicell
