#pragma once
// Gene vectors without any text: a gene's own profile over cells (scilama.md 3.4, "self-informed").

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/cell_source.h"
#include "lexicell/prep/featurizer.h"
#include "lexicell/tasks/gene_vectors.h"

namespace lexicell {

std::vector<std::int64_t> all_cells(const CellSource& source);

// One source, G x D with D the number of cells given: the featurizer's values of each gene, centred and scaled to variance 1
// over those cells (0 for a constant gene). Cells that are not given never enter.
GeneVectors self_informed_vectors(const Featurizer& featurizer, const CellSource& source, std::span<const std::int64_t> cells);

}  // namespace lexicell
