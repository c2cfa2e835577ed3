#include "python/bindings/arrays.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell::python {

namespace {

[[noreturn]] void refuse(const std::string& found) {
    throw Error(ErrorKind::precondition, {.type = "bad-csr", .message = "the sparse matrix is damaged", .found = found,
                                          .expected = "row starts that do not fall, columns ascending, unique and within the matrix",
                                          .hint = "matrix.sum_duplicates() brings a SciPy matrix in order"});
}

template <class Start>
void check_starts(std::span<const Start> starts, std::int64_t rows, std::size_t stored) {
    if (std::ssize(starts) != rows + 1) refuse(fmt::format("{} row starts for {} rows", starts.size(), rows));
    if (starts.front() != 0 || static_cast<std::size_t>(starts.back()) != stored) refuse(fmt::format("rows that end at {} of {} values", starts.back(), stored));
    if (!std::ranges::is_sorted(starts)) refuse("row starts that fall");
}

}  // namespace

nb::object to_numpy(const std::vector<bool>& values) {
    auto bytes = std::make_unique<bool[]>(values.size());
    std::ranges::copy(values, bytes.get());
    bool* data = bytes.get();
    nb::capsule owner(bytes.release(), [](void* p) noexcept { delete[] static_cast<bool*>(p); });
    const std::size_t shape[] = {values.size()};
    return nb::cast(nb::ndarray<nb::numpy, bool>(data, 1, shape, owner));
}

nb::object to_numpy(DenseMatrix&& m) {
    return to_numpy(std::move(m.values), {static_cast<std::size_t>(m.rows), static_cast<std::size_t>(m.cols)});
}

nb::object to_python(CsrMatrix&& m) {
    const nb::tuple shape = nb::make_tuple(m.rows, m.cols);
    return nb::make_tuple(shape, to_numpy(std::move(m.indptr)), to_numpy(std::move(m.indices)), to_numpy(std::move(m.values)));
}

nb::object to_python(Matrix&& matrix) {
    if (auto* dense = std::get_if<DenseMatrix>(&matrix)) return to_numpy(std::move(*dense));
    return to_python(std::move(std::get<CsrMatrix>(matrix)));
}

MatrixView::MatrixView(nb::handle matrix) : ref_(0, 0, std::span<const float>()) {
    if (!nb::isinstance<nb::tuple>(matrix)) {
        const auto array = nb::cast<nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>>(matrix, false);
        values_ = {array.data(), array.size()};
        ref_ = MatrixRef(static_cast<std::int64_t>(array.shape(0)), static_cast<std::int64_t>(array.shape(1)), values_);
        return;
    }
    const auto parts = nb::cast<nb::tuple>(matrix);
    const auto rows = nb::cast<std::int64_t>(parts[0][0]), cols = nb::cast<std::int64_t>(parts[0][1]);
    const auto columns = nb::cast<Vector<std::int32_t>>(parts[2], false);
    const auto values = nb::cast<Vector<float>>(parts[3], false);
    columns_ = {columns.data(), columns.size()};
    values_ = {values.data(), values.size()};
    sparse_ = true;
    Vector<std::int32_t> narrow;
    if (nb::try_cast(parts[1], narrow, false)) {
        narrow_starts_ = {narrow.data(), narrow.size()};
        ref_ = MatrixRef(rows, cols, narrow_starts_, columns_, values_);
    } else {
        const auto wide = nb::cast<Vector<std::int64_t>>(parts[1], false);
        wide_starts_ = {wide.data(), wide.size()};
        ref_ = MatrixRef(rows, cols, wide_starts_, columns_, values_);
    }
}

void MatrixView::check() const {
    if (!sparse_) return;
    if (columns_.size() != values_.size()) refuse(fmt::format("{} columns for {} values", columns_.size(), values_.size()));
    if (narrow_starts_.data()) check_starts(narrow_starts_, ref_.rows(), values_.size());
    else check_starts(wide_starts_, ref_.rows(), values_.size());
    for (std::int64_t row = 0; row < ref_.rows(); ++row) {
        std::int64_t before = -1;
        for (std::int64_t k = ref_.start(row); k < ref_.start(row + 1); ++k) {
            if (columns_[k] <= before || columns_[k] >= ref_.cols()) refuse(fmt::format("column {} after {} in row {} of {} columns", columns_[k], before, row, ref_.cols()));
            before = columns_[k];
        }
    }
}

CsrMatrix MatrixView::copy_csr() const {
    Matrix all = copy();
    if (auto* sparse = std::get_if<CsrMatrix>(&all)) return std::move(*sparse);
    return to_csr(all);
}

Matrix MatrixView::copy() const {
    check();
    if (!sparse_) {
        DenseMatrix out(ref_.rows(), ref_.cols());
        std::ranges::copy(values_, out.values.begin());
        return out;
    }
    CsrMatrix out{.rows = ref_.rows(), .cols = ref_.cols(), .indptr = std::vector<std::int64_t>(static_cast<std::size_t>(ref_.rows() + 1)),
                  .indices = {columns_.begin(), columns_.end()}, .values = {values_.begin(), values_.end()}};
    for (std::int64_t row = 0; row <= ref_.rows(); ++row) out.indptr[row] = ref_.start(row);
    return out;
}

}  // namespace lexicell::python
