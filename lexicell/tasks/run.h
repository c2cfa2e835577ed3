#pragma once
// The main job: counts in; sciLaMA representations, clusters, markers, modules, a file and a report out (users.md).

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/run_options.h"

namespace lexicell {

// What will be read, assumed and done; nothing is written.
nlohmann::json explain_run(const RunOptions& options, Sink& sink);

// The whole run; the output folder appears whole or not at all. Returns the manifest.
nlohmann::json run(const RunOptions& options, Sink& sink);

}  // namespace lexicell
