#pragma once
// A matrix somebody else owns, sparse or dense, read row by row without asking which.

#include <cstdint>
#include <variant>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Must not outlive what it views.
class MatrixRef {
public:
    MatrixRef(const CsrMatrix& matrix) : sparse_(&matrix) {}
    MatrixRef(const DenseMatrix& matrix) : dense_(&matrix) {}
    MatrixRef(const Matrix& matrix)
        : sparse_(std::get_if<CsrMatrix>(&matrix)), dense_(std::get_if<DenseMatrix>(&matrix)) {}

    std::int64_t rows() const { return sparse_ ? sparse_->rows : dense_->rows; }
    std::int64_t cols() const { return sparse_ ? sparse_->cols : dense_->cols; }
    const CsrMatrix* sparse() const { return sparse_; }
    const DenseMatrix* dense() const { return dense_; }

    // visit(column, value) for every value of the row that is not zero, columns ascending. Stored zeros are passed
    // over, so that a sparse and a dense matrix of the same values give the same calls.
    template <class Visit>
    void for_nonzero(std::int64_t row, Visit&& visit) const {
        if (sparse_) {
            for (std::int64_t k = sparse_->indptr[row]; k < sparse_->indptr[row + 1]; ++k)
                if (sparse_->values[k] != 0) visit(static_cast<std::int64_t>(sparse_->indices[k]), sparse_->values[k]);
        } else {
            const float* values = dense_->values.data() + row * dense_->cols;
            for (std::int64_t c = 0; c < dense_->cols; ++c)
                if (values[c] != 0) visit(c, values[c]);
        }
    }

private:
    const CsrMatrix* sparse_ = nullptr;
    const DenseMatrix* dense_ = nullptr;
};

}  // namespace lexicell
