#pragma once
// A matrix somebody else owns, sparse or dense, read row by row without asking which.

#include <cstdint>
#include <span>
#include <variant>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Must not outlive what it views.
class MatrixRef {
public:
    MatrixRef(const CsrMatrix& m) : MatrixRef(m.rows, m.cols, m.indptr, m.indices, m.values) {}
    MatrixRef(const DenseMatrix& m) : MatrixRef(m.rows, m.cols, m.values) {}
    MatrixRef(const Matrix& m) : MatrixRef(std::visit([](const auto& held) { return MatrixRef(held); }, m)) {}

    // Arrays that are no matrix of ours but keep the invariants of CsrMatrix. SciPy's row starts are 32-bit numbers as long
    // as they fit, hence two forms.
    MatrixRef(std::int64_t rows, std::int64_t cols, std::span<const std::int64_t> indptr, std::span<const std::int32_t> indices,
              std::span<const float> values)
        : rows_(rows), cols_(cols), wide_starts_(indptr.data()), columns_(indices.data()), values_(values.data()), sparse_(true) {}
    MatrixRef(std::int64_t rows, std::int64_t cols, std::span<const std::int32_t> indptr, std::span<const std::int32_t> indices,
              std::span<const float> values)
        : rows_(rows), cols_(cols), narrow_starts_(indptr.data()), columns_(indices.data()), values_(values.data()), sparse_(true) {}
    MatrixRef(std::int64_t rows, std::int64_t cols, std::span<const float> values) : rows_(rows), cols_(cols), values_(values.data()) {}

    std::int64_t rows() const { return rows_; }
    std::int64_t cols() const { return cols_; }

    // Where a row's stored values begin among all stored values; start(rows()) is their number.
    std::int64_t start(std::int64_t row) const {
        if (!sparse_) return row * cols_;
        return wide_starts_ ? wide_starts_[row] : narrow_starts_[row];
    }
    // The stored values of a row: all of it when dense.
    std::span<const float> stored(std::int64_t row) const { return {values_ + start(row), static_cast<std::size_t>(start(row + 1) - start(row))}; }

    // visit(column, value) for every value of the row that is not zero, columns ascending. Stored zeros are passed
    // over, so that a sparse and a dense matrix of the same values give the same calls.
    template <class Visit>
    void for_nonzero(std::int64_t row, Visit&& visit) const {
        const std::int64_t begin = start(row), end = start(row + 1);
        if (sparse_) {
            for (std::int64_t k = begin; k < end; ++k)
                if (values_[k] != 0) visit(static_cast<std::int64_t>(columns_[k]), values_[k]);
        } else {
            for (std::int64_t k = begin; k < end; ++k)
                if (values_[k] != 0) visit(k - begin, values_[k]);
        }
    }

private:
    std::int64_t rows_ = 0, cols_ = 0;
    const std::int64_t* wide_starts_ = nullptr;
    const std::int32_t* narrow_starts_ = nullptr;
    const std::int32_t* columns_ = nullptr;
    const float* values_ = nullptr;
    bool sparse_ = false;
};

}  // namespace lexicell
