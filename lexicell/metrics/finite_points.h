#pragma once
#include "lexicell/data/matrix.h"

namespace lexicell {

// Error precondition naming the first row with a value that is not finite: reference libraries return a plausible
// number for such an embedding (metrics.md 14).
void require_finite(const DenseMatrix& points);

}  // namespace lexicell
