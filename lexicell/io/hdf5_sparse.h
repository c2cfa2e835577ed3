#pragma once
#include "lexicell/data/matrix.h"
#include "lexicell/io/hdf5_file.h"

namespace lexicell {

// The datasets `indptr`, `indices` and `data` of a group as a matrix whose rows they run along (CSR, or CSC of the
// transpose: h5ad, 10x). Checked by formats.md 2.1; rows are sorted, duplicates summed with the warning
// "duplicate-entries".
CsrMatrix read_compressed_rows(const Hdf5Group& group, std::int64_t rows, std::int64_t cols);

}  // namespace lexicell
