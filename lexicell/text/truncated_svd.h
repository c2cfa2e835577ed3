#pragma once
// The leading singular triples of a large sparse matrix by randomised subspace iteration (Halko, Martinsson, Tropp, SIAM
// Review 2011, algorithms 4.4 and 5.1).

#include <cstdint>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct SvdOptions {
    int rank = 256;            // K; fewer are returned when the matrix has fewer, none when it is empty
    int oversampling = 10;     // extra directions carried along; more = closer to the exact triples
    int power_iterations = 4;  // more = closer when singular values decay slowly
    std::uint64_t seed = 0;
    int threads = 1;           // same bits for any number
};

struct TruncatedSvd {
    DenseMatrix u;          // rows x K, orthonormal columns
    std::vector<double> s;  // K, descending, positive
    DenseMatrix v;          // cols x K, orthonormal columns
};

TruncatedSvd truncated_svd(const CsrMatrix& matrix, const SvdOptions& options = {});

// The directions (cols x K) of the largest variance of dense rows after `mean` (cols) is subtracted, exactly.
struct PrincipalAxes {
    std::vector<double> mean;
    DenseMatrix axes;  // cols x K
};
PrincipalAxes principal_axes(const DenseMatrix& rows, int rank, bool centre, int threads = 1);

// (row - mean) * axes for every row.
DenseMatrix project(const DenseMatrix& rows, const PrincipalAxes& axes, int threads = 1);

}  // namespace lexicell
