#pragma once
// The verb annotate from files to a folder: a labelled query, the classifier, tables and a page; all of it or nothing.

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/annotate.h"

namespace lexicell {

struct AnnotateRunOptions {
    std::filesystem::path query, reference, output;  // reference: a labelled data set, or a model folder of an earlier annotate
    bool overwrite = false;
    std::optional<std::filesystem::path> knowledge;  // gene names, where files use different ones
    std::optional<std::string> truth;                // obs column of the query to score against; never used in training
    std::optional<std::filesystem::path> ontology;   // .obo or .json: labels retreat to an ancestor that is safe
    double majority_share = 0.5;                     // of a cluster's cells that make their label the cluster's
    AnnotateOptions annotate;
    LoadOptions load;
    WriteOptions h5ad;
};

// Returns the manifest.
nlohmann::json annotate_run(const AnnotateRunOptions& options, Sink& sink);

}  // namespace lexicell
