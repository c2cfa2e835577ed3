#pragma once
// What the user asks of `run` and `train`, and what follows from it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/fit_options.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/run_folder.h"
#include "lexicell/text/gene_table.h"

namespace lexicell {

struct RunOptions {
    std::filesystem::path input;
    std::filesystem::path output;
    bool overwrite = false;
    Resume resume = Resume::never;
    std::optional<std::filesystem::path> knowledge;       // a folder of `lexicell knowledge build`
    std::vector<std::filesystem::path> gene_vectors;      // tables of the user's own, instead of the knowledge's
    std::optional<std::filesystem::path> gene_sets;       // a GMT file for over-representation
    std::optional<std::string> batch;                     // obs column; a covariate of the model
    std::optional<std::string> label;                     // obs column; scores only, never training
    LoadOptions load;
    FitOptions fit;
    ClusterOptions clusters;
    WriteOptions h5ad;
    std::string command;                                  // for the manifest
    std::uint64_t seed = 0;
    int threads = 1;
};

nlohmann::json run_parameters(const RunOptions& options);   // for the manifest
LoadOptions run_load_options(const RunOptions& options);
FitOptions run_fit_options(const RunOptions& options, const RunFolder& folder);  // checkpoints in the partial folder
// Equal for runs that give the same result: input, settings, vectors, threads.
std::string run_identity(Manifest& manifest, const std::vector<GeneTable>& tables, int threads);

}  // namespace lexicell
