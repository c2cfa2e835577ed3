#pragma once
#include <nlohmann/json_fwd.hpp>

#include "lexicell/report/page.h"
#include "lexicell/tasks/run_options.h"
#include "lexicell/tasks/run_result.h"

namespace lexicell {

// The report of a run: what was read and dropped, quality, training, cells, markers, modules, manifest.
Page run_page(const RunResult& result, const RunOptions& options, const std::vector<Warning>& warnings, const nlohmann::json& manifest);

}  // namespace lexicell
