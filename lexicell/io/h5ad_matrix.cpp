// Matrices of h5ad: dense, CSR and CSC, with every check of formats.md 2.1 before an index is used.
#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/io/h5ad_elements.h"

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
    object.refuse("encoding-not-supported", "the element is of a kind that is not supported", std::move(found), std::move(expected));
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

// Sorts each row and sums duplicates; both are rare, so rows in order are left alone.
void tidy_rows(CsrMatrix& matrix, const Hdf5Group& group) {
    std::uint64_t summed = 0;
    std::int64_t write = 0;
    std::vector<std::pair<std::int32_t, float>> row;
    for (std::int64_t r = 0, begin = 0; r < matrix.rows; ++r) {
        const std::int64_t end = matrix.indptr[r + 1];
        const bool in_order = std::adjacent_find(matrix.indices.begin() + begin, matrix.indices.begin() + end, std::greater_equal<>()) ==
                              matrix.indices.begin() + end;
        if (in_order && write == begin) {
            write = end;
        } else {
            row.clear();
            for (std::int64_t k = begin; k < end; ++k) row.emplace_back(matrix.indices[k], matrix.values[k]);
            if (!in_order) std::ranges::stable_sort(row, {}, &std::pair<std::int32_t, float>::first);
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i > 0 && row[i].first == row[i - 1].first) {
                    matrix.values[write - 1] += row[i].second;
                    ++summed;
                } else {
                    matrix.indices[write] = row[i].first;
                    matrix.values[write++] = row[i].second;
                }
            }
        }
        begin = end;
        matrix.indptr[r + 1] = write;
    }
    matrix.indices.resize(static_cast<std::size_t>(write));
    matrix.values.resize(static_cast<std::size_t>(write));
    if (summed) group.sink().warn({"duplicate-entries", summed, fmt::format("{}: values stored twice for one place were summed", group.key())});
}

CsrMatrix read_sparse(const Hdf5Group& group, const std::string& encoding) {
    const SparseShape shape = sparse_shape(group, encoding);
    for (const char* part : {"indptr", "indices", "data"})
        if (group.dataset(part).rank() != 1) group.refuse("sparse-rank", "a part of a sparse matrix must have one dimension", {}, {}, {}, part);
    if (shape.minor() > std::numeric_limits<std::int32_t>::max() || shape.rows > std::numeric_limits<std::int32_t>::max())
        group.refuse("matrix-too-wide", "the matrix has too many columns or rows", fmt::format("{} x {}", shape.rows, shape.cols));

    const Hdf5Dataset pointers = group.dataset("indptr"), indices = group.dataset("indices"), values = group.dataset("data");
    if (!values.type().is_number() && values.type().kind != Hdf5Type::Kind::boolean)
        values.refuse("type-not-supported", "the values of a matrix must be numbers", values.type().name, "numbers");
    if (pointers.size() != shape.major() + 1)
        pointers.refuse("sparse-indptr-length", "indptr does not fit the shape", fmt::format("{}", pointers.size()), fmt::format("{}", shape.major() + 1));
    if (indices.size() != values.size())
        group.refuse("sparse-lengths", "indices and data differ in length", fmt::format("{} and {}", indices.size(), values.size()), "equal lengths");

    CsrMatrix out{.rows = shape.major(), .cols = shape.minor()};
    out.indptr = pointers.read<std::int64_t>();
    if (out.indptr.front() != 0) pointers.refuse("sparse-indptr-start", "indptr must begin with 0", fmt::format("{}", out.indptr.front()), "0");
    if (const auto fall = std::ranges::is_sorted_until(out.indptr); fall != out.indptr.end())
        pointers.refuse("sparse-indptr-decreasing", fmt::format("indptr decreases at position {}", fall - out.indptr.begin()), fmt::format("{}", *fall));
    if (out.indptr.back() != values.size())
        pointers.refuse("sparse-indptr-end", "indptr must end with the number of values", fmt::format("{}", out.indptr.back()), fmt::format("{}", values.size()));
    out.indices = indices.read<std::int32_t>();
    for (std::size_t i = 0; i < out.indices.size(); ++i)
        if (out.indices[i] < 0 || out.indices[i] >= shape.minor())
            indices.refuse("sparse-index-out-of-range", fmt::format("an index at position {} is out of range", i), fmt::format("{}", out.indices[i]),
                           fmt::format("0 to {}", shape.minor() - 1));
    out.values = values.read<float>();
    tidy_rows(out, group);
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
