#pragma once
// The verb compare from a file to a folder: every score, the split, the embeddings and a page; all of it or nothing.

#include <filesystem>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/compare.h"

namespace lexicell {

struct CompareRunOptions {
    std::filesystem::path input, output;
    bool overwrite = false;
    std::optional<std::filesystem::path> knowledge;
    std::vector<std::filesystem::path> gene_vectors;
    CompareOptions compare;
    LoadOptions load;
    WriteOptions h5ad;
};

// Returns the manifest. lexicell.h5ad holds what every number can be computed from again: obsm X_<method>_<repetition>
// and X_unintegrated_<repetition>, obs // split_<repetition> and <method>_<repetition>.
nlohmann::json compare_run(const CompareRunOptions& options, Sink& sink);

}  // namespace lexicell
