#pragma once
#include "lexicell/graph/knn.h"

namespace lexicell {

// The `k` nearest of every list (all of them if the lists are shorter): one search serves every score.
KnnGraph first_neighbours(const KnnGraph& graph, int k);

}  // namespace lexicell
