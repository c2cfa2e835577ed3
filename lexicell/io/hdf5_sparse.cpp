#include "lexicell/io/hdf5_sparse.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lexicell/io/tidy_rows.h"

namespace lexicell {

CsrMatrix read_compressed_rows(const Hdf5Group& group, std::int64_t rows, std::int64_t cols) {
    for (const char* part : {"indptr", "indices", "data"})
        if (group.dataset(part).rank() != 1) group.refuse("sparse-rank", "a part of a sparse matrix must have one dimension", {}, {}, {}, part);
    if (rows > std::numeric_limits<std::int32_t>::max() || cols > std::numeric_limits<std::int32_t>::max())
        group.refuse("matrix-too-wide", "the matrix has too many columns or rows", fmt::format("{} x {}", rows, cols));

    const Hdf5Dataset pointers = group.dataset("indptr"), indices = group.dataset("indices"), values = group.dataset("data");
    if (!values.type().is_number() && values.type().kind != Hdf5Type::Kind::boolean)
        values.refuse("type-not-supported", "the values of a matrix must be numbers", values.type().name, "numbers");
    if (pointers.size() != rows + 1)
        pointers.refuse("sparse-indptr-length", "indptr does not fit the shape", fmt::format("{}", pointers.size()), fmt::format("{}", rows + 1));
    if (indices.size() != values.size())
        group.refuse("sparse-lengths", "indices and data differ in length", fmt::format("{} and {}", indices.size(), values.size()), "equal lengths");

    CsrMatrix out{.rows = rows, .cols = cols};
    out.indptr = pointers.read<std::int64_t>();
    if (out.indptr.front() != 0) pointers.refuse("sparse-indptr-start", "indptr must begin with 0", fmt::format("{}", out.indptr.front()), "0");
    if (const auto fall = std::ranges::is_sorted_until(out.indptr); fall != out.indptr.end())
        pointers.refuse("sparse-indptr-decreasing", fmt::format("indptr decreases at position {}", fall - out.indptr.begin()), fmt::format("{}", *fall));
    if (out.indptr.back() != values.size())
        pointers.refuse("sparse-indptr-end", "indptr must end with the number of values", fmt::format("{}", out.indptr.back()), fmt::format("{}", values.size()));
    out.indices = indices.read<std::int32_t>();
    for (std::size_t i = 0; i < out.indices.size(); ++i)
        if (out.indices[i] < 0 || out.indices[i] >= cols)
            indices.refuse("sparse-index-out-of-range", fmt::format("an index at position {} is out of range", i), fmt::format("{}", out.indices[i]),
                           fmt::format("0 to {}", cols - 1));
    out.values = values.read<float>();
    if (const std::uint64_t summed = tidy_rows(out))
        group.sink().warn({"duplicate-entries", summed, fmt::format("{}: values stored twice for one place were summed", group.key())});
    return out;
}

}  // namespace lexicell
