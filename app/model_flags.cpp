#include "app/model_flags.h"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/tasks/threads.h"

namespace lexicell::app {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// "0.5", "true", "[256,128]" as JSON; anything else is text.
json setting_value(const std::string& text) {
    json value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

}  // namespace

int use_threads(const CommonFlags& flags) {
    const int threads = thread_count(flags);
    set_process_threads(threads);
    return threads;
}

void add_load_flags(CLI::App& verb, LoadOptions& load) {
    add_read_flags(verb, load.read);
    verb.add_option("--layer", load.counts.layer, "layer that holds the counts; X and raw name those slots")->group("Reading");
    verb.add_option("--gene-column", load.gene_column, "column of var with the gene names (index = var_names)")->group("Reading");
    verb.add_option_function<std::string>("--species", [&load](const std::string& name) {
            if (name != "auto") load.species = name == "mouse" ? Species::mouse : Species::human;
        }, "auto, human or mouse")->check(CLI::IsMember({"auto", "human", "mouse"}))->group("Reading");
    verb.add_option_function<std::string>("--orthologs", [&load](const std::string& use) { load.orthologs = use == "auto"; },
                                          "auto joins mouse genes with human texts by one-to-one orthologs; never keeps them apart")
        ->check(CLI::IsMember({"auto", "never"}))->group("Reading");
    verb.add_flag("--nan-as-zero", load.counts.nan_as_zero, "take NaN for 0")->group("Reading");
    verb.add_flag("--allow-noninteger", load.counts.allow_noninteger, "accept fractions as counts")->group("Reading");
    verb.add_option("--min-genes", load.cells.min_genes, "drop cells with fewer genes; only cells without any count are dropped by default")->group("Filters");
    verb.add_option("--min-counts", load.cells.min_counts, "drop cells with fewer counts")->group("Filters");
    verb.add_option("--max-mito", load.cells.max_percent_mt, "drop cells with a larger percentage of mitochondrial counts")->group("Filters");
    verb.add_option("--min-cells", load.genes.min_cells, "drop genes found in fewer cells")->group("Filters");
}

void add_knowledge_flag(CLI::App& verb, std::optional<fs::path>& folder) {
    verb.add_option("--knowledge", folder, "gene names and texts: a folder of `lexicell knowledge build`; default " + default_knowledge_folder().string() + " where it exists")
        ->check(CLI::ExistingDirectory);
}

void add_model_flags(CLI::App& verb, ModelFlags& flags) {
    add_knowledge_flag(verb, flags.knowledge);
    verb.add_option("--gene-vectors", flags.gene_vectors, "gene vectors of your own (safetensors, npz, npy, csv, tsv, h5); several are fused")->check(CLI::ExistingFile);
    verb.add_option("--obs-batch", flags.batch, "obs column of the batch, a covariate of the model");
    const char* group = "Model";
    verb.add_option("--covariates", flags.continuous, "numeric obs columns as further covariates")->group(group);
    verb.add_option("--preset", flags.preset, "recommended, or exact for the published form")->check(CLI::IsMember({"recommended", "exact"}))->group(group);
    verb.add_option("--mode", flags.mode, "stepwise, direct or beta_vae")->group(group);
    verb.add_flag("--joint", flags.joint, "a last stage that moves cells and genes together")->group(group);
    verb.add_option("--likelihood", flags.likelihood, "auto, nb, zinb, poisson or gaussian")->group(group);
    verb.add_option("--encoder", flags.encoder, "auto, columns or panel-free")->group(group);
    verb.add_option("--n-genes", flags.genes, "genes to model, or all")->group(group);
    verb.add_option("--gene-selection", flags.gene_selection, "variance, seurat, seurat_v3 or cell_ranger")->group(group);
    verb.add_option("--latent-dim", flags.latent, "width of the representation")->group(group);
    verb.add_option("--hidden", flags.hidden, "hidden widths, e.g. 256 128")->group(group);
    verb.add_option("--fusion", flags.fusion, "of several gene sources: average, poe, moe or moe_stratified")->group(group);
    verb.add_option("--dedup", flags.dedup, "ids that stand twice in a table of vectors: error, first or mean")->group(group);
    verb.add_option("--dot-scale", flags.dot_scale, "sqrt, or none for the published inner product")->group(group);
    verb.add_option("--dropout", flags.dropout)->group(group);
    verb.add_option("--batch-size", flags.batch_size, "cells a step")->group(group);
    verb.add_option("--learning-rate", flags.learning_rate)->group(group);
    verb.add_option("--min-steps", flags.min_steps, "steps before training may stop early")->group(group);
    verb.add_option("--max-steps", flags.max_steps, "most steps of a stage")->group(group);
    verb.add_option("--max-epochs", flags.max_epochs, "most passes over the cells")->group(group);
    verb.add_option("--model-set", flags.settings, "any other key of the model: --model-set beta_flat=0")->type_name("KEY=VALUE")->group(group);
    verb.add_option("--split", flags.split, "obs column of train, val and test")->group(group);
    verb.add_option("--split-group", flags.split_group, "obs column (donor) whose groups stay on one side of the split")->group(group);
    verb.add_option("--precision", flags.precision, "fp32 or bf16")->check(CLI::IsMember({"fp32", "bf16"}))->group(group);
    verb.add_option("--device", flags.device, "auto or cpu")->group(group);
    verb.add_option("--checkpoint-seconds", flags.checkpoint_seconds, "time between checkpoints")->group(group);
    verb.add_flag("--force-coverage", flags.force_coverage, "train although fewer than half of the genes have a vector")->group(group);
}

void add_cluster_flags(CLI::App& verb, ClusterOptions& clusters) {
    verb.add_option("--n-neighbors", clusters.neighbours, "neighbours of a cell")->check(CLI::Range(2, 1000))->group("Clusters");
    verb.add_option_function<std::string>("--resolution", [&clusters](const std::string& text) {
            if (text == "auto") return;
            try {
                clusters.resolution = std::stod(text);
            } catch (const std::exception&) {
                throw CLI::ValidationError("--resolution", "expects auto or a number, found " + text);
            }
        }, "of Leiden; auto chooses it by stability under subsampling")->group("Clusters");
}

void apply_model_flags(const ModelFlags& flags, const CommonFlags& common, FitOptions& fit) {
    if (flags.device != "auto" && flags.device != "cpu")
        throw Error(ErrorKind::device, {.type = "no-such-device", .message = "this build computes on the CPU", .key = "--device",
                                        .found = flags.device, .expected = "auto or cpu"});
    json config = {{"preset", flags.preset}, {"seed", common.seed}};
    const auto set = [&config](const char* key, const auto& value) {
        if (value) config[key] = *value;
    };
    set("mode", flags.mode);
    set("likelihood", flags.likelihood);
    set("encoder", flags.encoder);
    set("fusion", flags.fusion);
    set("dot_scale", flags.dot_scale);
    set("dedup", flags.dedup);
    set("gene_selection", flags.gene_selection);
    set("latent", flags.latent);
    set("batch_size", flags.batch_size);
    set("min_steps", flags.min_steps);
    set("max_steps", flags.max_steps);
    set("max_epochs", flags.max_epochs);
    set("learning_rate", flags.learning_rate);
    set("dropout", flags.dropout);
    if (!flags.hidden.empty()) config["hidden"] = flags.hidden;
    if (flags.joint) config["joint"] = true;
    if (flags.genes) config["genes"] = setting_value(*flags.genes);
    // One pair of limits rules both stages unless --model-set says otherwise.
    if (flags.max_steps) {
        config["gene_max_steps"] = std::min<std::int64_t>(*flags.max_steps, 4000);
        config["gene_min_steps"] = std::min<std::int64_t>(*flags.max_steps, 1000);
    }
    for (const std::string& pair : flags.settings) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos)
            throw Error(ErrorKind::usage, {.type = "bad-setting", .message = "a setting needs a value", .key = "--model-set", .found = pair, .expected = "KEY=VALUE"});
        config[pair.substr(0, equals)] = setting_value(pair.substr(equals + 1));
    }
    fit.config = parse_scilama_config(config.dump());
    if (flags.batch) fit.covariates.categorical = {*flags.batch};
    fit.covariates.continuous = flags.continuous;
    fit.split_column = flags.split;
    fit.split_group = flags.split_group;
    fit.precision = parse_precision(flags.precision);
    fit.threads = thread_count(common);
    fit.checkpoint_seconds = flags.checkpoint_seconds;
    fit.force_coverage = flags.force_coverage;
}

fs::path default_knowledge_folder() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) return fs::path(data) / "lexicell" / "knowledge";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : ".") / ".local" / "share" / "lexicell" / "knowledge";
}

std::optional<fs::path> knowledge_folder(const std::optional<fs::path>& given) {
    if (given) return given;
    if (fs::exists(default_knowledge_folder())) return default_knowledge_folder();
    return std::nullopt;
}

std::optional<fs::path> knowledge_folder(const ModelFlags& flags) { return knowledge_folder(flags.knowledge); }

}  // namespace lexicell::app
