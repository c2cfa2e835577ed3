#pragma once
// How far along a process every cell is: distances of diffusion from one cell (Haghverdi et al., Nat Methods 2016; scilama.md
// 8.5).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct PseudotimeOptions {
    int neighbours = 15;  // of a cell; more bridges gaps, and shortcuts between branches
    int components = 15;  // leading eigenpairs, the first of which is constant; more sees finer branches and more noise
    int threads = 1;
};

struct Pseudotime {
    std::vector<double> time;      // N, 0 at the root, 1 at the farthest cell; infinite where no path of neighbours leads
    std::int64_t unreachable = 0;  // cells with an infinite time
};

// points: N x K. Weights exp(-d^2 / (s_i s_j)), s the distance to the last neighbour, made symmetric by the larger one;
// T = D^-1/2 W D^-1/2; time = | Lambda (psi - psi_root) | with psi = D^-1/2 v of unit length and Lambda = lambda / (1 - lambda)
// of components 2, 3, ... Only the cells connected with the root enter. Error(precondition): coordinates that are not finite.
Pseudotime pseudotime(const DenseMatrix& points, std::int64_t root, const PseudotimeOptions& options = {});

// The member with the smallest sum of distances to the others; ties: the smaller index. Error(precondition) without members.
std::int64_t medoid(const DenseMatrix& points, std::span<const std::int64_t> members, int threads = 1);

}  // namespace lexicell
