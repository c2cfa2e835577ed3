#pragma once
// NumPy arrays in and out. Views see the caller's memory; results hand their vectors over; neither copies.

#include <initializer_list>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "lexicell/data/matrix.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell::python {

namespace nb = nanobind;

// A vector as a NumPy array that owns it.
template <class T>
nb::object to_numpy(std::vector<T>&& values, std::initializer_list<std::size_t> shape) {
    auto* held = new std::vector<T>(std::move(values));
    nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T>(held->data(), shape.size(), shape.begin(), owner));
}
template <class T>
nb::object to_numpy(std::vector<T>&& values) {
    const std::size_t size = values.size();
    return to_numpy(std::move(values), {size});
}
nb::object to_numpy(const std::vector<bool>& values);  // bits have to be spread
nb::object to_numpy(DenseMatrix&& matrix);
nb::object to_python(CsrMatrix&& matrix);  // ((rows, cols), indptr, indices, values)
nb::object to_python(Matrix&& matrix);

// A one-dimensional array of exactly this type, read where it lies.
template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
std::vector<T> to_vector(nb::handle array) {
    const auto view = nb::cast<Vector<T>>(array, false);
    return {view.data(), view.data() + view.size()};
}

// What Python hands over for a matrix: a float32 array in row order, or ((rows, cols), indptr, indices, values) with int32
// or int64 row starts, int32 columns and float32 values. The view is good as long as the Python object lives and nobody
// resizes it.
class MatrixView {
public:
    explicit MatrixView(nb::handle matrix);
    MatrixRef ref() const { return ref_; }
    // Error(precondition, "bad-csr") unless the invariants of CsrMatrix hold: whatever reads the view relies on them. One
    // pass over the columns; needs no Python.
    void check() const;
    CsrMatrix copy_csr() const;
    Matrix copy() const;

private:
    MatrixRef ref_;
    std::span<const std::int64_t> wide_starts_;
    std::span<const std::int32_t> narrow_starts_, columns_;
    std::span<const float> values_;
    bool sparse_ = false;
};

}  // namespace lexicell::python
