#pragma once
// Passes of a network over all cells.

#include "lexicell/data/matrix.h"
#include "lexicell/models/vae/frozen_cells_objective.h"
#include "lexicell/models/vae/scilama.h"
#include "lexicell/train/batches.h"

namespace lexicell {

// Blocks of cells in order, each cell once.
BatchReader each_cell_once(const Batches& batches);
DenseMatrix embed_all_cells(Scilama& network, const Batches& batches);  // N x K

}  // namespace lexicell
