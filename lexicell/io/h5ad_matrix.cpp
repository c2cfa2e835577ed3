// Matrices of h5ad: dense, CSR and CSC, with every check of formats.md 2.1 before an index is used.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/io/h5ad_elements.h"
#include "lexicell/io/hdf5_sparse.h"

namespace lexicell {

const Hdf5Object& object_of(const Hdf5Element& element) {
    return std::visit([](const auto& object) -> const Hdf5Object& { return object; }, element);
}

std::string encoding_of(const Hdf5Object& object) {
    static const std::map<std::string, std::vector<std::string>> known = {
        {"anndata", {"0.1.0"}}, {"array", {"0.2.0"}}, {"csr_matrix", {"0.1.0"}}, {"csc_matrix", {"0.1.0"}}, {"dataframe", {"0.1.0", "0.2.0"}},
        {"dict", {"0.1.0"}}, {"string", {"0.2.0"}}, {"numeric-scalar", {"0.2.0"}}, {"string-array", {"0.2.0"}}, {"categorical", {"0.2.0"}},
        {"nullable-integer", {"0.1.0"}}, {"nullable-boolean", {"0.1.0"}}, {"nullable-string-array", {"0.1.0"}}, {"rec-array", {"0.2.0"}},
        {"raw", {"0.1.0"}}, {"bytes", {"0.2.0"}}};
    if (const auto legacy = object.text_attribute("h5sparse_format")) return *legacy + "_matrix";
    auto type = object.text_attribute("encoding-type");
    if (!type) return "";
    std::ranges::transform(*type, type->begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto version = object.text_attribute("encoding-version");
    const auto found = known.find(*type);
    if (version && found != known.end() && std::ranges::find(found->second, *version) == found->second.end())
        refuse_unsupported(object, fmt::format("{} {}", *type, *version), fmt::format("{} {}", *type, found->second.back()));
    return *type;
}

bool is_unsupported(const Error& error) {
    static const std::vector<std::string> types = {"encoding-not-supported", "type-not-supported", "filter-not-supported", "external-link",
                                                   "virtual-dataset", "external-storage", "link-unreachable"};
    return error.kind() == ErrorKind::unreadable && std::ranges::find(types, error.detail().type) != types.end();
}

void refuse_unsupported(const Hdf5Object& object, std::string found, std::string expected) {
    object.refuse("encoding-not-supported", "the element is of a kind that is not supported", std::move(found), std::move(expected),
                  "leave it out, or write it in another form");
}

namespace {

struct SparseShape {
    bool by_rows = true;
    std::int64_t rows = 0, cols = 0;
    std::int64_t major() const { return by_rows ? rows : cols; }
    std::int64_t minor() const { return by_rows ? cols : rows; }
};

SparseShape sparse_shape(const Hdf5Group& group, const std::string& encoding) {
    auto shape = group.integer_attribute("shape");
    if (!shape) shape = group.integer_attribute("h5sparse_shape");
    if (!shape || shape->size() != 2 || (*shape)[0] < 0 || (*shape)[1] < 0 || !checked_multiply((*shape)[0], (*shape)[1]))
        group.refuse("sparse-shape", "a sparse matrix needs a shape of two sizes");
    return {encoding == "csr_matrix", (*shape)[0], (*shape)[1]};
}

CsrMatrix read_sparse(const Hdf5Group& group, const std::string& encoding) {
    const SparseShape shape = sparse_shape(group, encoding);
    CsrMatrix out = read_compressed_rows(group, shape.major(), shape.minor());
    return shape.by_rows ? out : transpose(out);
}

DenseMatrix read_dense(const Hdf5Dataset& dataset) {
    if (dataset.rank() < 1 || dataset.rank() > 2)
        refuse_unsupported(dataset, fmt::format("{} dimensions", dataset.rank()), "a matrix");
    if (!dataset.type().inner_shape.empty() || (!dataset.type().is_number() && dataset.type().kind != Hdf5Type::Kind::boolean))
        dataset.refuse("type-not-supported", "the values of a matrix must be numbers", dataset.type().name, "numbers");
    DenseMatrix out;
    out.rows = dataset.shape()[0];
    out.cols = dataset.rank() == 2 ? dataset.shape()[1] : 1;
    out.values = dataset.read<float>();
    return out;
}

}  // namespace

Matrix read_matrix(const Hdf5Element& element) {
    const std::string encoding = encoding_of(object_of(element));
    if (const auto* group = std::get_if<Hdf5Group>(&element)) {
        if (encoding != "csr_matrix" && encoding != "csc_matrix")
            refuse_unsupported(*group, encoding.empty() ? "a group without encoding-type" : encoding, "csr_matrix, csc_matrix or a dense array");
        return read_sparse(*group, encoding);
    }
    return read_dense(std::get<Hdf5Dataset>(element));
}

Matrix read_matrix(const Hdf5Element& element, std::int64_t rows, std::int64_t cols) {
    const Hdf5Object& object = object_of(element);
    const auto misfit = [&](std::int64_t found_rows, std::int64_t found_cols) {
        object.refuse("matrix-shape", "the matrix does not fit its axes", fmt::format("{} x {}", found_rows, found_cols), fmt::format("{} x {}", rows, cols));
    };
    // Old writers dropped the second dimension of a matrix with one row or one column.
    if (const auto* dataset = std::get_if<Hdf5Dataset>(&element); dataset && dataset->rank() == 1 && dataset->size() == rows * cols && (rows == 1 || cols == 1)) {
        DenseMatrix out = read_dense(*dataset);
        out.rows = rows;
        out.cols = cols;
        return out;
    }
    if (const auto* dataset = std::get_if<Hdf5Dataset>(&element); dataset && dataset->rank() == 2 && (dataset->shape()[0] != rows || dataset->shape()[1] != cols))
        misfit(dataset->shape()[0], dataset->shape()[1]);
    Matrix out = read_matrix(element);
    if (rows_of(out) != rows || cols_of(out) != cols) misfit(rows_of(out), cols_of(out));
    return out;
}

AxisArray read_axis_array(const Hdf5Element& element, std::int64_t rows) {
    const Hdf5Object& object = object_of(element);
    const auto fits = [&](std::int64_t found) {
        if (found != rows) object.refuse("axis-length", "the element does not fit its axis", fmt::format("{} rows", found), fmt::format("{}", rows));
    };
    if (encoding_of(object) == "dataframe") {
        FrameReading reading = read_frame(element);
        if (!reading.opaque.empty()) refuse_unsupported(object, "a table with " + reading.opaque.front(), "numbers, text and categories");
        fits(reading.frame.rows());
        return std::move(reading.frame);
    }
    Matrix matrix = read_matrix(element);
    fits(rows_of(matrix));
    return std::visit([](auto& m) -> AxisArray { return std::move(m); }, matrix);
}

}  // namespace lexicell
