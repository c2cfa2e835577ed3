#pragma once
#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"

namespace lexicell {

// What every reader says about what it read: duplicate-cells, duplicate-genes, empty-cells, nan-values, infinite-values,
// raw-genes-differ. Commands decide what they make of it (users.md 5).
void warn_about(const Dataset& dataset, Sink& sink);

}  // namespace lexicell
