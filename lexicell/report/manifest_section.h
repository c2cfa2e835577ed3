#pragma once
#include <nlohmann/json_fwd.hpp>

#include "lexicell/report/page.h"

namespace lexicell {

// How the result was made: scalars of the manifest and of its objects as key-value pairs, lists of objects as tables, and
// the whole as JSON that can be saved.
Section manifest_section(const nlohmann::json& manifest);

}  // namespace lexicell
