#pragma once
// z-scores a gene, as scanpy's scale; sparse values can stay sparse.

#include <cstdint>
#include <optional>
#include <vector>

#include "lexicell/data/matrix_ref.h"

namespace lexicell {

// Fitted once (on training cells), applied to any cells.
struct GeneScale {
    std::vector<double> mean;  // G
    std::vector<double> sd;    // G, divided by N - 1; 0 becomes 1
};
GeneScale fit_scale(MatrixRef x, int threads = 1);

struct ScaleOptions {
    bool center = true;               // false leaves zeros at zero
    std::optional<double> clip = 10;  // largest value kept, on both sides when centred; absent = no bound
    int threads = 1;
};

// N x G of (x - mean) / sd.
DenseMatrix scale(MatrixRef x, const GeneScale& fitted, const ScaleOptions& options = {});

// The same values as sparse + offset: z(n, g) = x(n, g) + offset[g], where offset is the z-score of 0. The principal
// components of `x` are those of z, at the cost of the sparse matrix.
struct SparseScaled {
    CsrMatrix x;                 // N x G, pattern of the input
    std::vector<double> offset;  // G
};
SparseScaled scale_sparse(CsrMatrix x, const GeneScale& fitted, const ScaleOptions& options = {});

}  // namespace lexicell
