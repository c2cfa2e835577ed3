#pragma once
#include <cstdint>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Makes a matrix whose rows may be out of order keep the invariants of CsrMatrix: sorts each row, sums duplicates.
// Returns how many values were added to another. Indices must be in range.
std::uint64_t tidy_rows(CsrMatrix& matrix);

}  // namespace lexicell
