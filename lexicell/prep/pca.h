#pragma once
// Principal components of cells, from sparse or dense values, never densified.

#include <cstdint>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct PcaOptions {
    int components = 50;      // K; no more than min(N - 1, G) exist
    // Stop when ||A v - lambda v|| <= tolerance * lambda_1 for every component of the covariance A; smaller is more exact
    // and reads the matrix a few more times.
    double tolerance = 1e-7;
    std::uint64_t seed = 0;   // of the start block; changes the last digits only
    int threads = 1;
};

struct Pca {
    DenseMatrix scores;                  // N x K, centred
    DenseMatrix loadings;                // G x K, orthonormal; the entry of largest magnitude is positive
    std::vector<double> mean;            // G
    std::vector<double> variance;        // K, descending, divided by N - 1
    std::vector<double> variance_ratio;  // K, of the variance of all genes
    int passes = 0;                      // times the matrix was read
};

// x: N x G. Block Krylov (block Lanczos with full reorthogonalisation; Golub & Underwood 1977, Musco & Musco 2015) on the
// covariance of the centred matrix: one pass over x multiplies a whole block of vectors, sums run in a fixed order, so
// that threads do not change a bit. The sink is asked before each pass. Error(precondition) with fewer than 2 cells.
Pca pca(MatrixRef x, const PcaOptions& options = {}, Sink& sink = silence());

// N' x K scores of other cells of the same genes.
DenseMatrix project(const Pca& fitted, MatrixRef x, int threads = 1);

}  // namespace lexicell
