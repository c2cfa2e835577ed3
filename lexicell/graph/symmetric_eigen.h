#pragma once
// Extreme eigenpairs of a symmetric matrix that is only known by its products with vectors.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace lexicell {

struct EigenPairs {
    std::vector<double> values;                // descending
    std::vector<std::vector<double>> vectors;  // one a value, unit length; the entry of largest magnitude is positive
};

// The `count` eigenpairs of largest magnitude (at most `size`). Lanczos with full reorthogonalisation (Paige 1971; Parlett,
// The Symmetric Eigenvalue Problem, chapter 13): the space grows until every pair has a residual below 1e-10 of the
// largest eigenvalue, and up to size 600 to the whole space, so that multiple eigenvalues are complete there. A larger
// matrix may miss copies of an exactly multiple eigenvalue. apply(x, y) sets y = A x.
EigenPairs largest_eigenpairs(std::int64_t size, std::int64_t count,
                              const std::function<void(std::span<const double> x, std::span<double> y)>& apply);

// All eigenvalues, ascending, of the symmetric tridiagonal matrix with this diagonal and the n - 1 entries beside it, by
// implicit QL steps (Bowdler, Martin, Reinsch & Wilkinson 1968). rotations: n x m, turned along; columns of the unit matrix
// become the same entries of the eigenvectors, one vector a row.
std::vector<double> tridiagonal_eigen(std::vector<double> diagonal, std::vector<double> beside, std::vector<std::vector<double>>& rotations);

}  // namespace lexicell
