#include "lexicell/data/matrix.h"

#include <algorithm>

#include "lexicell/base/error.h"

namespace lexicell {

std::int64_t rows_of(const Matrix& matrix) {
    return std::visit([](const auto& m) { return m.rows; }, matrix);
}

std::int64_t cols_of(const Matrix& matrix) {
    return std::visit([](const auto& m) { return m.cols; }, matrix);
}

CsrMatrix to_csr(const Matrix& matrix) {
    if (const auto* sparse = std::get_if<CsrMatrix>(&matrix)) return *sparse;
    const auto& dense = std::get<DenseMatrix>(matrix);
    CsrMatrix out{.rows = dense.rows, .cols = dense.cols};
    out.indptr.reserve(dense.rows + 1);
    for (std::int64_t r = 0; r < dense.rows; ++r) {
        for (std::int64_t c = 0; c < dense.cols; ++c) {
            if (dense(r, c) == 0) continue;
            out.indices.push_back(static_cast<std::int32_t>(c));
            out.values.push_back(dense(r, c));
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

DenseMatrix to_dense(const Matrix& matrix) {
    if (const auto* dense = std::get_if<DenseMatrix>(&matrix)) return *dense;
    const auto& sparse = std::get<CsrMatrix>(matrix);
    DenseMatrix out(sparse.rows, sparse.cols);
    for (std::int64_t r = 0; r < sparse.rows; ++r)
        for (std::int64_t k = sparse.indptr[r]; k < sparse.indptr[r + 1]; ++k) out(r, sparse.indices[k]) = sparse.values[k];
    return out;
}

CsrMatrix transpose(const CsrMatrix& matrix) {
    CsrMatrix out{.rows = matrix.cols, .cols = matrix.rows};
    out.indptr.assign(matrix.cols + 1, 0);
    out.indices.resize(matrix.indices.size());
    out.values.resize(matrix.values.size());
    for (const std::int32_t c : matrix.indices) ++out.indptr[c + 1];
    for (std::int64_t c = 0; c < matrix.cols; ++c) out.indptr[c + 1] += out.indptr[c];
    std::vector<std::int64_t> next(out.indptr.begin(), out.indptr.end() - 1);
    for (std::int64_t r = 0; r < matrix.rows; ++r)
        for (std::int64_t k = matrix.indptr[r]; k < matrix.indptr[r + 1]; ++k) {
            const std::int64_t slot = next[matrix.indices[k]]++;
            out.indices[slot] = static_cast<std::int32_t>(r);
            out.values[slot] = matrix.values[k];
        }
    return out;
}

CsrMatrix take_rows(const CsrMatrix& matrix, std::span<const std::int64_t> rows) {
    CsrMatrix out{.rows = static_cast<std::int64_t>(rows.size()), .cols = matrix.cols};
    out.indptr.reserve(rows.size() + 1);
    std::int64_t total = 0;
    for (const std::int64_t r : rows) out.indptr.push_back(total += matrix.indptr[r + 1] - matrix.indptr[r]);
    out.indices.reserve(total);
    out.values.reserve(total);
    for (const std::int64_t r : rows) {
        const auto columns = matrix.row_indices(r);
        const auto values = matrix.row_values(r);
        out.indices.insert(out.indices.end(), columns.begin(), columns.end());
        out.values.insert(out.values.end(), values.begin(), values.end());
    }
    return out;
}

DenseMatrix take_rows(const DenseMatrix& matrix, std::span<const std::int64_t> rows) {
    DenseMatrix out(static_cast<std::int64_t>(rows.size()), matrix.cols);
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(matrix.row(rows[i]), out.row(i).begin());
    return out;
}

Matrix take_rows(const Matrix& matrix, std::span<const std::int64_t> rows) {
    return std::visit([&](const auto& m) -> Matrix { return take_rows(m, rows); }, matrix);
}

CsrMatrix take_cols(const CsrMatrix& matrix, std::span<const std::int64_t> cols) {
    std::vector<std::int32_t> position(matrix.cols, -1);
    for (std::size_t i = 0; i < cols.size(); ++i) {
        LEXICELL_ASSERT(position[cols[i]] < 0, "a column is taken twice");
        position[cols[i]] = static_cast<std::int32_t>(i);
    }
    const bool ascending = std::ranges::is_sorted(cols);
    CsrMatrix out{.rows = matrix.rows, .cols = static_cast<std::int64_t>(cols.size())};
    out.indptr.reserve(matrix.rows + 1);
    std::vector<std::pair<std::int32_t, float>> entries;
    for (std::int64_t r = 0; r < matrix.rows; ++r) {
        entries.clear();
        for (std::int64_t k = matrix.indptr[r]; k < matrix.indptr[r + 1]; ++k)
            if (const std::int32_t c = position[matrix.indices[k]]; c >= 0) entries.emplace_back(c, matrix.values[k]);
        if (!ascending) std::ranges::sort(entries, {}, &std::pair<std::int32_t, float>::first);
        for (const auto& [c, value] : entries) {
            out.indices.push_back(c);
            out.values.push_back(value);
        }
        out.indptr.push_back(out.nonzeros());
    }
    return out;
}

DenseMatrix take_cols(const DenseMatrix& matrix, std::span<const std::int64_t> cols) {
    DenseMatrix out(matrix.rows, static_cast<std::int64_t>(cols.size()));
    for (std::int64_t r = 0; r < matrix.rows; ++r)
        for (std::size_t i = 0; i < cols.size(); ++i) out(r, i) = matrix(r, cols[i]);
    return out;
}

Matrix take_cols(const Matrix& matrix, std::span<const std::int64_t> cols) {
    return std::visit([&](const auto& m) -> Matrix { return take_cols(m, cols); }, matrix);
}

}  // namespace lexicell
