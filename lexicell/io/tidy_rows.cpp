#include "lexicell/io/tidy_rows.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace lexicell {

std::uint64_t tidy_rows(CsrMatrix& matrix) {
    std::uint64_t summed = 0;
    std::int64_t write = 0;
    std::vector<std::pair<std::int32_t, float>> row;
    for (std::int64_t r = 0, begin = 0; r < matrix.rows; ++r) {
        const std::int64_t end = matrix.indptr[r + 1];
        // Disorder is rare: rows in order are left alone.
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
    return summed;
}

}  // namespace lexicell
