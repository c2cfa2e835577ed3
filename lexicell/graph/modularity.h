#pragma once
// Modularity with resolution: how much more weight lies inside communities than a random graph of equal strengths
// would put there (Newman & Girvan 2004; resolution: Reichardt & Bornholdt 2006).

#include <cstdint>
#include <span>

#include "lexicell/data/matrix.h"

namespace lexicell {

// sum_c (w_c / 2m - resolution (s_c / 2m)^2), w_c the weight inside community c counted from both ends, s_c the sum of
// its strengths, 2m the sum of all strengths. `adjacency` is symmetric N x N, `membership` has N codes >= 0. A graph
// without weight has modularity 0.
double modularity(const CsrMatrix& adjacency, std::span<const std::int32_t> membership, double resolution = 1.0);

}  // namespace lexicell
