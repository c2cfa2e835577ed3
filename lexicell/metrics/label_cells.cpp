#include "lexicell/metrics/label_cells.h"

#include <algorithm>
#include <numeric>

#include "lexicell/base/error.h"

namespace lexicell {

std::vector<std::vector<std::int64_t>> label_cells(std::span<const std::int32_t> labels, std::span<const std::int32_t> batches) {
    LEXICELL_ASSERT(labels.size() == batches.size(), "one label and batch a cell");
    std::vector<std::vector<std::int64_t>> members;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || batches[i] < 0) continue;
        if (static_cast<std::size_t>(labels[i]) >= members.size()) members.resize(static_cast<std::size_t>(labels[i]) + 1);
        members[labels[i]].push_back(static_cast<std::int64_t>(i));
    }
    return members;
}

std::vector<std::vector<std::int64_t>> label_cells(std::span<const std::int32_t> labels) { return label_cells(labels, labels); }

GroupCodes compact_codes(std::span<const std::int32_t> codes, std::span<const std::int64_t> cells) {
    std::vector<std::int32_t> present;
    for (const std::int64_t cell : cells)
        if (codes[cell] >= 0) present.push_back(codes[cell]);
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
    GroupCodes out{.sizes = std::vector<std::int64_t>(present.size())};
    for (const std::int64_t cell : cells) {
        const std::int32_t code = codes[cell];
        out.codes.push_back(code < 0 ? -1 : static_cast<std::int32_t>(std::lower_bound(present.begin(), present.end(), code) - present.begin()));
        if (code >= 0) ++out.sizes[out.codes.back()];
    }
    return out;
}

GroupCodes compact_codes(std::span<const std::int32_t> codes) {
    std::vector<std::int64_t> all(codes.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return compact_codes(codes, all);
}

}  // namespace lexicell
