#pragma once
// Matrices of N cells x G genes (or any rows x cols), row-major, 32-bit values; sparse ones are CSR.

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace lexicell {

// Invariants (io checks them, the rest of the house relies on them): indptr has rows + 1 non-decreasing entries from 0
// to indices.size() == values.size(); within a row the columns are ascending, unique and in [0, cols).
struct CsrMatrix {
    std::int64_t rows = 0, cols = 0;
    std::vector<std::int64_t> indptr = {0};
    std::vector<std::int32_t> indices;
    std::vector<float> values;

    std::int64_t nonzeros() const { return static_cast<std::int64_t>(values.size()); }
    std::span<const std::int32_t> row_indices(std::int64_t row) const {
        return std::span(indices).subspan(indptr[row], indptr[row + 1] - indptr[row]);
    }
    std::span<const float> row_values(std::int64_t row) const {
        return std::span(values).subspan(indptr[row], indptr[row + 1] - indptr[row]);
    }
};

struct DenseMatrix {
    std::int64_t rows = 0, cols = 0;
    std::vector<float> values;  // rows x cols

    DenseMatrix() = default;
    DenseMatrix(std::int64_t rows_, std::int64_t cols_)
        : rows(rows_), cols(cols_), values(static_cast<std::size_t>(rows_ * cols_)) {}
    float& operator()(std::int64_t row, std::int64_t col) { return values[row * cols + col]; }
    float operator()(std::int64_t row, std::int64_t col) const { return values[row * cols + col]; }
    std::span<float> row(std::int64_t r) { return std::span(values).subspan(r * cols, cols); }
    std::span<const float> row(std::int64_t r) const { return std::span(values).subspan(r * cols, cols); }
};

using Matrix = std::variant<CsrMatrix, DenseMatrix>;

std::int64_t rows_of(const Matrix& matrix);
std::int64_t cols_of(const Matrix& matrix);

CsrMatrix to_csr(const Matrix& matrix);      // zeros are dropped from a dense matrix
DenseMatrix to_dense(const Matrix& matrix);
CsrMatrix transpose(const CsrMatrix& matrix);

// Rows (columns) in the order given; an index may occur several times among rows, at most once among columns.
CsrMatrix take_rows(const CsrMatrix& matrix, std::span<const std::int64_t> rows);
DenseMatrix take_rows(const DenseMatrix& matrix, std::span<const std::int64_t> rows);
Matrix take_rows(const Matrix& matrix, std::span<const std::int64_t> rows);
CsrMatrix take_cols(const CsrMatrix& matrix, std::span<const std::int64_t> cols);
DenseMatrix take_cols(const DenseMatrix& matrix, std::span<const std::int64_t> cols);
Matrix take_cols(const Matrix& matrix, std::span<const std::int64_t> cols);

}  // namespace lexicell
