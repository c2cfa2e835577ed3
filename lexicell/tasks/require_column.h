#pragma once
#include <string>

#include "lexicell/data/frame.h"

namespace lexicell {

// A column of obs that the user named; Error(precondition, "missing-column") lists what there is.
const Column& require_column(const Frame& obs, const std::string& name);

}  // namespace lexicell
