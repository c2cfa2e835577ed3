#pragma once
// Every choice of a sciLaMA model and its training (scilama.md Appendix A, 4.4, 5.2). A field is one configuration key,
// the same in the command, TOML, JSON and Python. Defaults are the recommended mode; `scilama_preset("exact")` is the
// published one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {

struct ScilamaConfig {
    std::string preset = "recommended";

    // What is trained.
    enum class Mode { stepwise, direct, beta_vae } mode = Mode::stepwise;  // beta_vae: cells only, needs no gene vectors
    bool joint = false;                        // a last stage that moves cells and genes together (stepwise only)
    std::string likelihood = "auto";           // auto (nb on counts, else gaussian), gaussian, poisson, nb, zinb
    enum class Input { automatic, counts, lognorm, scaled } input = Input::automatic;  // what the data hold
    enum class Encoder { automatic, columns, panel_free } encoder = Encoder::automatic;  // the cell encoder's first layer
    bool self_informed = false;                // gene input = the gene's own expression profile instead of vectors
    std::string si_cells = "training";         // whose profile: training, or all (leaks held-out cells)

    // Which genes, and how their vectors are matched.
    std::optional<std::int64_t> genes = 2000;  // number of genes modelled; absent ("all"): every gene
    std::string gene_selection = "variance";   // variance of log1p(CP10K), or an HVG flavour of prep
    std::string gene_set = "union";            // genes with vectors in any source (union) or in every one (intersection)
    std::string dedup = "error";               // repeated ids in a vector table: error, first, mean
    std::string embedding_control = "correct"; // correct; shuffled and random break the pairing on purpose

    // The network.
    std::vector<std::int64_t> hidden = {256, 128};  // widths; the first is also the width L of the tie
    std::int64_t latent = 20;                  // K; more keeps finer differences, fewer mixes batches better
    double dropout = 0.1;
    bool layer_norm = true;
    bool batch_norm = false;
    std::string activation = "LeakyReLU";      // a torch.nn class name
    double var_eps = 1e-4;                     // added to the posterior variance
    std::string fusion = "average";            // of several gene sources: average, poe, moe, moe_stratified
    bool poe_prior = false;                    // poe also multiplies the prior
    std::string covariates_at = "first";       // first or all hidden layers see the covariates
    enum class DotScale { none, sqrt } dot_scale = DotScale::sqrt;  // none: the published, unscaled inner product

    // The loss.
    enum class GeneKl { mean, sum } gene_kl = GeneKl::mean;  // reduction over genes
    double gamma = 0.05;                       // weight of the alignment reconstruction in joint and direct training
    enum class Stage2Cell { cached, noisy } stage2_cell = Stage2Cell::cached;  // noisy: dropout and sampling stay on
    bool val_sample = false;                   // sample z in validation too (a stochastic loss)
    double gene_dropout = 0;                   // largest share of input genes hidden in a step; for small panels 0.5
    double panel_share = 0.2;                  // panel-free encoder: smallest share of genes shown in a step

    // Optimisation.
    std::uint64_t seed = 42;
    std::int64_t batch_size = 128;
    double learning_rate = 1e-3;
    double lr_decay = 0.99;                    // per epoch; 1 keeps it constant
    double weight_decay = 0;
    std::optional<double> gradient_clip = 50;  // largest gradient norm
    double validation_share = 0.1;             // of the cells, where no split is given
    enum class WarmupUnit { steps, epochs } warmup_unit = WarmupUnit::steps;
    double beta_start = 0, beta_end = 1;       // weight of the KL term before and after its warm-up
    double beta_flat = 250;                    // steps or epochs at beta_start
    double beta_ramp = 250;                    // steps or epochs of the linear rise; 0 with equal ends keeps beta_start
    std::int64_t min_steps = 1500;             // stage 1
    std::int64_t max_steps = 100000;
    std::int64_t max_epochs = 400;
    std::int64_t patience = 25;                // validations without improvement before a stage ends
    std::int64_t gene_min_steps = 1000;        // stage 2, cached cells
    std::int64_t gene_max_steps = 4000;
    std::int64_t gene_ramp = 400;              // steps over which the gene KL warms up
    std::int64_t gene_check_every = 100;       // steps between validations
    std::int64_t gene_patience = 10;
    enum class CheckpointFallback { best, last } ckpt_fallback = CheckpointFallback::best;  // when beta_end is never reached
    bool step_metrics = false;                 // Pearson and Spearman each step, as the official code does; slow

    friend bool operator==(const ScilamaConfig&, const ScilamaConfig&) = default;
};

// "recommended" or "exact"; Error(usage, "unknown-preset").
ScilamaConfig scilama_preset(const std::string& name);

// A JSON object: the preset it names, then its other keys on top. Error(kind) names key, found and expected for a key that
// is unknown, of another type, or outside its range; `file` is named in the message.
ScilamaConfig parse_scilama_config(std::string_view json, ErrorKind kind = ErrorKind::usage, const std::string& file = "");
std::string to_json(const ScilamaConfig& config);  // every key, sorted; parse_scilama_config gives the same value back

// The checks of parse_scilama_config for a value built in code: ranges and combinations that cannot be trained.
void validate(const ScilamaConfig& config, ErrorKind kind = ErrorKind::usage, const std::string& file = "");

}  // namespace lexicell
