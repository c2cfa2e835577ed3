#pragma once
// The main job: counts in; sciLaMA representations, clusters, markers, modules, a file and a report out (users.md).

#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/tasks/run_options.h"

namespace lexicell {

// What will be read, assumed and done; nothing is written.
nlohmann::json explain_run(const RunOptions& options, Sink& sink);

// The whole run; the output folder appears whole or not at all. Returns the manifest.
nlohmann::json run(const RunOptions& options, Sink& sink);

struct RunOutcome {
    nlohmann::json manifest;
    Dataset additions;                   // what the run adds to its input: columns, representations, graphs, uns
    std::vector<std::int64_t> cell_rows; // which cells of the input they are
};

// The same of cells in memory; options.input is only a name for them.
RunOutcome run(Dataset input, const RunOptions& options, Sink& sink);

}  // namespace lexicell
