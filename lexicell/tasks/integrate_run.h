#pragma once
// The verb integrate from files to a folder: cells of several batches in one space, beside their principal components.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/place_cells.h"

namespace lexicell {

struct IntegrateRunOptions {
    std::vector<std::filesystem::path> inputs;            // several are joined on their common genes
    std::filesystem::path output;
    bool overwrite = false;
    std::optional<std::filesystem::path> knowledge;
    std::vector<std::filesystem::path> gene_vectors;
    std::optional<std::string> label;                     // obs column; scores only
    PlaceOptions place;                                   // without a batch, several files are a batch each
    ClusterOptions clusters;
    LoadOptions load;
    WriteOptions h5ad;
};

// Returns the manifest.
nlohmann::json integrate_run(const IntegrateRunOptions& options, Sink& sink);

}  // namespace lexicell
