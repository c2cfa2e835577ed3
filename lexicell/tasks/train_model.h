#pragma once
#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/tasks/run_options.h"

namespace lexicell {

// The training of `run` alone: options.output is the model folder, which appears whole or not at all. Returns the manifest.
nlohmann::json train_model(const RunOptions& options, Sink& sink);

}  // namespace lexicell
