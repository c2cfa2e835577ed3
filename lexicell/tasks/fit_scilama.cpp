#include "lexicell/tasks/fit_scilama.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/base/random.h"
#include "lexicell/models/vae/cell_vae_objective.h"
#include "lexicell/models/vae/frozen_cells_objective.h"
#include "lexicell/models/vae/resolve_auto.h"
#include "lexicell/models/vae/scilama_embed.h"
#include "lexicell/models/vae/tied_objective.h"
#include "lexicell/nn/noise.h"
#include "lexicell/prep/highly_variable.h"
#include "lexicell/prep/log_counts.h"
#include "lexicell/prep/moments.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/scaled_log.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/scilama_batches.h"
#include "lexicell/tasks/self_informed.h"
#include "lexicell/text/embedding_control.h"

namespace lexicell {

namespace {

using Mode = ScilamaConfig::Mode;
using Input = ScilamaConfig::Input;

std::vector<std::int64_t> choose_genes(const LoadedCells& data, const ScilamaConfig& config, const Categorical* batch, int threads) {
    std::vector<std::int64_t> all(data.genes.size());
    std::iota(all.begin(), all.end(), 0);
    if (!config.genes || *config.genes >= static_cast<std::int64_t>(all.size())) return all;
    const HvgOptions options{.flavor = hvg_flavor(config.gene_selection == "variance" ? "log_variance" : config.gene_selection),
                             .top = config.genes, .threads = threads};
    const bool logged = data.scale == ValueScale::log_normalised;
    const CsrMatrix x = wants_counts(options.flavor) || logged ? data.values : log_normalize(data.values, 1e4, threads);
    std::optional<std::span<const std::int32_t>> codes;
    if (batch && options.flavor != HvgFlavor::log_variance) codes = batch->codes;
    return highly_variable_genes(x, options, codes).genes();
}

Split split_cells(const LoadedCells& data, const FitOptions& options) {
    const SplitOptions random{.validation_share = options.config.validation_share, .seed = options.config.seed};
    if (options.split_column) return column_split(require_column(data.dataset.obs, *options.split_column), *options.split_column);
    if (options.split_group) return group_split(require_column(data.dataset.obs, *options.split_group), random);
    return random_split(data.values.rows, random);
}

torch::Tensor to_tensor(const DenseMatrix& matrix) {
    return torch::from_blob(const_cast<float*>(matrix.values.data()), {matrix.rows, matrix.cols}, torch::kFloat32).clone();
}

DenseMatrix to_matrix(const torch::Tensor& tensor) {
    const torch::Tensor host = tensor.to(torch::kFloat32).contiguous();
    DenseMatrix out(host.size(0), host.size(1));
    std::copy_n(host.data_ptr<float>(), host.numel(), out.values.begin());
    return out;
}

BetaSchedule beta_of(const ScilamaConfig& config) {
    if (config.warmup_unit == ScilamaConfig::WarmupUnit::steps)
        return BetaBySteps{.start = config.beta_start, .end = config.beta_end,
                           .flat_steps = static_cast<std::uint64_t>(config.beta_flat), .ramp_steps = static_cast<std::uint64_t>(config.beta_ramp)};
    return BetaByEpoch{.start = config.beta_start, .end = config.beta_end, .flat_epochs = static_cast<std::int64_t>(config.beta_flat),
                       .rate = config.beta_ramp > 0 ? (config.beta_end - config.beta_start) / config.beta_ramp : 0};
}

TrainOptions stage_options(const FitOptions& options, const std::string& stage, const std::string& run_id) {
    const ScilamaConfig& c = options.config;
    TrainOptions t;
    t.stage = stage;
    t.seed = c.seed;
    t.batch_size = c.batch_size;
    t.learning_rate = {.initial = c.learning_rate, .decay = c.lr_decay};
    t.optimizer.weight_decay = c.weight_decay;
    t.optimizer.threads = options.threads;
    t.clip_norm = c.gradient_clip;
    t.beta = beta_of(c);
    t.min_steps = static_cast<std::uint64_t>(c.min_steps);
    t.max_steps = static_cast<std::uint64_t>(c.max_steps);
    t.max_epochs = c.max_epochs;
    t.stopping.patience = c.patience;
    t.stopping.keep_best_before_final_beta = c.ckpt_fallback == ScilamaConfig::CheckpointFallback::best;
    t.precision = options.precision;
    t.prefetch = options.threads > 1;
    t.checkpoint_seconds = options.checkpoint_seconds;
    t.run_id = run_id;
    return t;
}

// Above this many training cells stage 1 validates by steps, not by epochs (scilama.md 4.4).
constexpr std::int64_t kLargeSet = 50'000;

TrainOptions cell_stage_options(const FitOptions& options, const std::string& run_id, std::int64_t training_cells) {
    TrainOptions t = stage_options(options, "cells", run_id);
    if (training_cells > kLargeSet && options.config.warmup_unit == ScilamaConfig::WarmupUnit::steps) {
        t.validate_every = 200;
        t.stopping.patience = 10;
    }
    return t;
}

TrainOptions gene_stage_options(const FitOptions& options, const std::string& run_id) {
    const ScilamaConfig& c = options.config;
    TrainOptions t = stage_options(options, "genes", run_id);
    t.beta = BetaBySteps{.start = 0, .end = 1, .flat_steps = 0, .ramp_steps = static_cast<std::uint64_t>(c.gene_ramp)};
    t.min_steps = static_cast<std::uint64_t>(c.gene_min_steps);
    t.max_steps = static_cast<std::uint64_t>(c.gene_max_steps);
    t.max_epochs.reset();
    t.validate_every = static_cast<std::uint64_t>(c.gene_check_every);
    t.stopping.patience = c.gene_patience;
    return t;
}

class Stages {
public:
    Stages(const Batches& batches, const Split& split, const FitOptions& options, Sink& sink)
        : batches_(batches), split_(split), options_(options), sink_(sink) {}

    TrainResult run(const std::string& name, Objective& objective, const TrainOptions& train_options) const {
        std::optional<CheckpointStore> store;
        if (options_.training_folder) store.emplace(*options_.training_folder / name);
        return train(objective, batches_, split_, train_options, sink_, store ? &*store : nullptr);
    }

    void run_into(ScilamaFit& fit, const std::string& name, Objective& objective, const TrainOptions& train_options) const {
        TrainResult result = run(name, objective, train_options);
        sink_.info(fmt::format("{} stage: {} steps in {:.1f} s, ended by {}{}", name, result.steps, result.seconds, result.ended_by,
                               result.best_validation ? fmt::format(", validation loss {:.2f} at step {}", *result.best_validation, result.best_step) : ""));
        fit.stages.push_back({name, std::move(result)});
    }

private:
    const Batches& batches_;
    const Split& split_;
    const FitOptions& options_;
    Sink& sink_;
};

// Enough for the order of the two encoders to show: the KL term has been at its full weight for half of them.
constexpr std::int64_t kProbeSteps = 1000;

// Cells placed by a network that is trained for the probe only.
DenseMatrix probe_cells(ScilamaConfig config, ScilamaConfig::Encoder encoder, const ScilamaGenes& genes, std::int64_t covariate_width,
                        const Batches& batches, const Stages& stages, const FitOptions& given, const std::string& run_id) {
    config.encoder = encoder;
    config.max_steps = config.min_steps = std::min(config.max_steps, kProbeSteps);
    FitOptions options = given;
    options.config = config;
    Scilama network(config, genes, covariate_width);
    CellVaeObjective objective(network);
    const std::string name = encoder == ScilamaConfig::Encoder::columns ? "columns-probe" : "panel-free-probe";
    stages.run(name, objective, stage_options(options, name, run_id));
    return embed_all_cells(network, batches);
}

// The genes of the model that have a vector, and whether there are enough of them to train the gene side.
bool join_vectors(ScilamaModel& model, const std::vector<GeneTable>& tables, const FitOptions& options, Sink& sink) {
    model.tied.assign(model.genes.size(), false);
    if (options.config.mode == Mode::beta_vae) return false;
    if (options.config.self_informed) {
        model.tied.assign(model.genes.size(), true);
        return true;
    }
    if (tables.empty()) return false;
    const bool standardise = options.config.preset != "exact";
    const GeneVectors all = take_gene_vectors(tables, model.text_ids, standardise);
    const std::vector<bool> with = options.config.gene_set == "intersection" ? all.in_all() : all.in_any();
    const std::int64_t covered = std::ranges::count(with, true), total = static_cast<std::int64_t>(with.size());
    for (std::size_t s = 0; s < all.sources.size(); ++s)
        sink.info(fmt::format("gene vectors from {}: {} of {} modelled genes ({:.0f} %)", all.sources[s], all.covered(s), total,
                              100.0 * static_cast<double>(all.covered(s)) / static_cast<double>(total)));
    if (2 * covered < total && !options.force_coverage)
        throw Error(ErrorKind::precondition, {.type = "few-vectors", .message = "too few of the modelled genes have a vector",
                                              .found = fmt::format("{} of {}", covered, total), .expected = "at least half",
                                              .hint = "check that the table's ids are gene symbols of the same species, or add --force-coverage"});
    std::vector<std::string> ids;
    for (std::size_t g = 0; g < with.size(); ++g)
        if (with[g]) ids.push_back(model.text_ids[g]);
    model.tied = with;
    model.vectors = take_gene_vectors(tables, ids, standardise);
    return covered > 0;
}

// values: N x G as the featurizer's source holds them, `counts` or log values; counts_likelihood: the head starts at the
// genes' frequencies, else at 0.
ScilamaGenes network_genes(const ScilamaModel& model, const CsrMatrix& values, std::span<const std::int64_t> training, bool counts, bool counts_likelihood) {
    ScilamaGenes genes;
    const auto total_genes = static_cast<std::int64_t>(model.genes.size());
    std::vector<std::int64_t> keys, tied;
    for (std::int64_t g = 0; g < total_genes; ++g) {
        keys.push_back(text_key(model.genes[g]));
        if (model.tied[g]) tied.push_back(g);
    }
    genes.keys = torch::tensor(keys, torch::kInt64);
    genes.tied = torch::tensor(tied, torch::kInt64);
    for (const DenseMatrix& table : model.vectors.tables) genes.vectors.push_back(to_tensor(table));
    if (model.vectors.tables.size() > 1) {
        genes.present = torch::zeros({static_cast<std::int64_t>(tied.size()), static_cast<std::int64_t>(model.vectors.tables.size())});
        for (std::size_t s = 0; s < model.vectors.present.size(); ++s)
            for (std::size_t g = 0; g < tied.size(); ++g)
                genes.present[static_cast<std::int64_t>(g)][static_cast<std::int64_t>(s)] = model.vectors.present[s][g] ? 1.0f : 0.0f;
    }
    if (counts_likelihood) {
        const GeneMoments moments = gene_moments(values, {.cells = training});
        const double all = std::accumulate(moments.sum.begin(), moments.sum.end(), 0.0);
        std::vector<float> frequency;
        for (const double sum : moments.sum)
            frequency.push_back(static_cast<float>(std::log((sum + 1) / (all + static_cast<double>(total_genes)))));
        genes.log_frequency = torch::tensor(frequency);
    }
    if (!tied.empty()) {
        const GeneMoments moments = counts ? log_moments(MemoryCells(values, model.genes, Frame()), training) : gene_moments(values, {.cells = training});
        std::vector<float> centre;
        for (const std::int64_t g : tied) centre.push_back(static_cast<float>(moments.mean[g]));
        genes.centre = torch::tensor(centre);
    }
    return genes;
}

std::string identity(const LoadedCells& data, const ScilamaModel& model, const Split& split, const ScilamaConfig& config) {
    std::string text = to_json(config);
    for (const std::string& gene : model.genes) text += gene + "\n";
    for (const std::string& hash : model.vectors.hashes) text += hash + "\n";
    text += sha256({reinterpret_cast<const char*>(data.values.values.data()), data.values.values.size() * sizeof(float)});
    text += sha256({reinterpret_cast<const char*>(split.validation.data()), split.validation.size() * sizeof(std::int64_t)});
    return sha256(text);
}

}  // namespace

ScilamaFit fit_scilama(const LoadedCells& data, const std::vector<GeneTable>& given_tables, const FitOptions& given, Sink& sink) {
    FitOptions options = given;
    std::vector<GeneTable> tables;
    for (const GeneTable& table : given_tables)
        tables.push_back(options.config.embedding_control == "correct" ? table : break_pairing(table, options.config.embedding_control, options.config.seed));
    ScilamaFit fit;
    ScilamaModel& model = fit.model;
    const bool counts = data.scale == ValueScale::counts;

    std::optional<Categorical> batch;
    if (!options.covariates.categorical.empty())
        if (const Column* column = data.dataset.obs.find(options.covariates.categorical.front())) batch = as_categorical(*column);
    fit.gene_columns = choose_genes(data, options.config, batch ? &*batch : nullptr, options.threads);
    for (const std::int64_t g : fit.gene_columns) {
        model.genes.push_back(data.genes[g]);
        model.text_ids.push_back(data.text_ids[g]);
    }
    model.species = data.species;
    const bool gene_side = join_vectors(model, tables, options, sink);
    if (!gene_side && options.config.mode != Mode::beta_vae) {
        if (options.config.mode == Mode::direct)
            throw Error(ErrorKind::precondition, {.type = "no-vectors", .message = "direct mode needs gene vectors",
                                                  .hint = "give --knowledge or --gene-vectors, or use --mode beta_vae"});
        options.config.mode = Mode::beta_vae;
    }
    const CsrMatrix values = take_cols(data.values, fit.gene_columns);
    ScilamaDataFacts facts{.counts = counts,
                           .vector_share = static_cast<double>(std::ranges::count(model.tied, true)) / static_cast<double>(model.tied.size())};
    const ScilamaConfig asked = options.config;
    options.config = resolve_auto(asked, facts);
    const Split split = split_cells(data, options);
    sink.info(fmt::format("sciLaMA: {} cells ({} for validation), {} genes{}, likelihood {}", values.rows, split.validation.size(), values.cols,
                          gene_side ? fmt::format(" ({} with text)", std::ranges::count(model.tied, true)) : "", options.config.likelihood));

    const MemoryCells source(data.values, data.genes, data.dataset.obs);
    CovariateEncoder covariates;
    if (!options.covariates.categorical.empty() || !options.covariates.continuous.empty())
        covariates = fit_covariates(take_rows(data.dataset.obs, split.train), options.covariates);
    const std::int64_t covariate_width = covariates.width();
    const std::optional<double> target_sum = counts ? std::optional(1e4) : std::nullopt;
    std::unique_ptr<Featurizer> featurizer;
    if (options.config.input == Input::scaled)
        featurizer = std::make_unique<ScaledLog>(fit_scaled_log(source, split.train, model.genes, std::move(covariates), {.target_sum = target_sum}));
    else if (options.config.input == Input::lognorm)
        featurizer = std::make_unique<ScaledLog>(plain_log(model.genes, std::move(covariates), target_sum));
    else
        featurizer = std::make_unique<LogCounts>(model.genes, std::move(covariates));
    if (options.config.self_informed) {
        if (options.config.si_cells == "all")
            sink.warn({"self-informed-leak", static_cast<std::uint64_t>(split.validation.size()), "gene profiles include the cells kept for validation"});
        model.vectors = self_informed_vectors(*featurizer, source, options.config.si_cells == "all" ? all_cells(source) : split.train);
    }
    const ScilamaGenes genes_of_network = network_genes(model, values, split.train, counts, options.config.input == Input::counts);
    const FeatureBatches batches(*featurizer, source, sink);
    const std::string run_id = identity(data, model, split, asked);
    const Stages stages(batches, split, options, sink);
    if (wants_panel_free_cost(asked, facts) && !split.validation.empty()) {
        const auto probe = [&](ScilamaConfig::Encoder encoder) {
            return probe_cells(options.config, encoder, genes_of_network, covariate_width, batches, stages, options, run_id);
        };
        fit.encoder_probe = probe_encoders(counts ? log_normalize(values) : values, split, probe(ScilamaConfig::Encoder::columns),
                                           probe(ScilamaConfig::Encoder::panel_free), options.config.seed, options.threads);
        facts.panel_free_cost = fit.encoder_probe->cost();
        options.config = resolve_auto(asked, facts);
        sink.info(fmt::format("encoder: training neighbours tell the cluster of {:.1f} % of the validation cells with columns, of {:.1f} % with the "
                              "panel-free encoder, which costs {:.3f} (at most .01 is accepted): {}",
                              100 * fit.encoder_probe->columns, 100 * fit.encoder_probe->panel_free, fit.encoder_probe->cost(),
                              options.config.encoder == ScilamaConfig::Encoder::panel_free ? "panel-free, so that cells of other panels can be embedded"
                                                                                          : "columns"));
    }
    auto owned = std::make_unique<Scilama>(options.config, genes_of_network, covariate_width);
    Scilama& network = *owned;

    if (options.config.mode == Mode::direct) {
        TiedObjective direct(network, TiedObjective::Trains::everything);
        stages.run_into(fit, "direct", direct, stage_options(options, "direct", run_id));
    } else {
        CellVaeObjective cell_stage(network);
        stages.run_into(fit, "cells", cell_stage, cell_stage_options(options, run_id, static_cast<std::int64_t>(split.train.size())));
    }
    if (gene_side && options.config.mode == Mode::stepwise) {
        if (options.config.stage2_cell == ScilamaConfig::Stage2Cell::cached) {
            FrozenCellsObjective genes = freeze_cells(network, values.rows, each_cell_once(batches));
            stages.run_into(fit, "genes", genes, gene_stage_options(options, run_id));
        } else {
            TiedObjective genes(network, TiedObjective::Trains::genes);
            stages.run_into(fit, "genes", genes, stage_options(options, "genes", run_id));
        }
        if (options.config.joint) {
            fit.cells_before_joint = embed_all_cells(network, batches);
            TiedObjective joint(network, TiedObjective::Trains::everything);
            stages.run_into(fit, "joint", joint, stage_options(options, "joint", run_id));
        }
    }
    if (gene_side) fit.genes = to_matrix(embed_genes(network));
    fit.cells = embed_all_cells(network, batches);
    model.trained = std::make_unique<TrainedScilama>(std::move(owned), std::move(featurizer));
    return fit;
}

DenseMatrix genes_of_shuffled_vectors(const ScilamaFit& fit, const LoadedCells& data, const FitOptions& given, Sink& sink) {
    Scilama& trained = fit.model.trained->network();
    FitOptions options = given;
    options.config = trained.config();
    if (!trained.has_gene_side() || options.config.mode != Mode::stepwise || options.config.stage2_cell != ScilamaConfig::Stage2Cell::cached ||
        options.config.joint)
        return {};
    options.config.encoder = ScilamaConfig::Encoder::columns;  // the cells are placed by the trained network
    ScilamaGenes genes = trained.genes();
    RandomStream random(random_key(options.config.seed, text_key("shuffled gene vectors")));
    const torch::Tensor order = torch::tensor(random_permutation(genes.tied.size(0), random), torch::kInt64);
    for (torch::Tensor& table : genes.vectors) table = table.index_select(0, order);
    if (genes.present.defined()) genes.present = genes.present.index_select(0, order);
    Scilama network(options.config, std::move(genes), trained.covariate_count());
    network.take_cell_decoder(trained);
    const Split split = split_cells(data, options);
    const MemoryCells source(data.values, data.genes, data.dataset.obs);
    const FeatureBatches batches(fit.model.trained->featurizer(), source, silence());
    FrozenCellsObjective objective = freeze_cells(network, trained, data.values.rows, each_cell_once(batches));
    const Stages stages(batches, split, options, sink);
    TrainOptions train_options = gene_stage_options(options, identity(data, fit.model, split, options.config));
    train_options.stage = "shuffled-genes";
    stages.run(train_options.stage, objective, train_options);
    return to_matrix(embed_genes(network));
}

}  // namespace lexicell
