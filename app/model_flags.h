#pragma once
// Flags that several verbs share: what is read, which model, which clusters.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/verb.h"
#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/fit_options.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell::app {

struct ModelFlags {
    std::string preset = "recommended";
    std::vector<std::string> settings;      // --model-set key=value, any key of the model's configuration
    std::optional<std::filesystem::path> knowledge;
    std::vector<std::filesystem::path> gene_vectors;
    std::optional<std::string> batch;
    std::vector<std::string> continuous;
    std::optional<std::string> split, split_group;
    std::string precision = "fp32";
    std::string device = "auto";
    double checkpoint_seconds = 30;
    bool force_coverage = false;
    // The keys that users reach for first; absent = the preset's value.
    std::optional<std::string> mode, likelihood, encoder, fusion, dot_scale, dedup;
    std::optional<std::string> genes;       // "all" or a number
    std::optional<std::string> gene_selection;
    std::optional<std::int64_t> latent, batch_size, min_steps, max_steps, max_epochs;
    std::optional<double> learning_rate, dropout;
    std::vector<std::int64_t> hidden;
    bool joint = false;
};

void add_load_flags(CLI::App& verb, LoadOptions& load);
void add_model_flags(CLI::App& verb, ModelFlags& flags);
void add_cluster_flags(CLI::App& verb, ClusterOptions& clusters);
void add_knowledge_flag(CLI::App& verb, std::optional<std::filesystem::path>& folder);

void apply_model_flags(const ModelFlags& flags, const CommonFlags& common, FitOptions& fit);
// --knowledge, else the user's data folder when it holds one.
std::optional<std::filesystem::path> knowledge_folder(const ModelFlags& flags);
std::optional<std::filesystem::path> knowledge_folder(const std::optional<std::filesystem::path>& given);
std::filesystem::path default_knowledge_folder();

// Sets the process's threads to what the flags ask for and returns the number.
int use_threads(const CommonFlags& flags);

}  // namespace lexicell::app
