#pragma once
// From nearest neighbours to a weighted, undirected graph: symmetric N x N, no self-loops, weights in (0, 1].
// Weights are multiples of 2^-20, so that the last bits of exp() on another machine do not change what is built on them.

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

// Fuzzy union of the neighbourhoods (McInnes et al., arXiv:1802.03426, section 3.1; algorithm 3 for the bandwidth).
// A graph of k neighbours equals scanpy's `neighbors(n_neighbors=k+1)`, which counts the point itself.
CsrMatrix umap_connectivities(const KnnGraph& graph, int threads = 1);

// Jaccard index of the two neighbourhoods, each with its own point, for every pair that are neighbours in at least one
// direction (Levine et al., Cell 2015).
CsrMatrix snn_connectivities(const KnnGraph& graph, int threads = 1);

// The directed distances as scanpy stores them: N x N, k entries a row, columns ascending.
CsrMatrix distance_matrix(const KnnGraph& graph);

}  // namespace lexicell
