#pragma once
#include <string>

#include "lexicell/data/dataset.h"

namespace lexicell {

// A dense member of obsm (varm), e.g. an embedding; Error(precondition) lists what there is.
const DenseMatrix& require_obsm(const Dataset& dataset, const std::string& key);
const DenseMatrix& require_varm(const Dataset& dataset, const std::string& key);

}  // namespace lexicell
