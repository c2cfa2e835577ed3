#pragma once
// Eigenvectors of the random walk on a graph (Coifman et al., PNAS 2005; Haghverdi et al., Nat Methods 2016).

#include <cstdint>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct DiffusionMap {
    std::vector<double> eigenvalues;           // K, descending; one 1 for every connected component
    std::vector<std::vector<double>> vectors;  // K of N, unit length
};

// Of T = Z^-1/2 K Z^-1/2, K = Q^-1 W Q^-1 with Q the degrees of W (removes the sampling density) and Z those of K: the
// conventions of scanpy. The `components` eigenpairs of largest magnitude, found component by component of the graph.
// `graph`: symmetric N x N, weights > 0. A cell without edges has the eigenvalue 0.
DiffusionMap diffusion_map(const CsrMatrix& graph, std::int64_t components);

}  // namespace lexicell
