#pragma once
// The cells of every label, and the batches among them: what the scores inside labels share.

#include <cstdint>
#include <span>
#include <vector>

namespace lexicell {

// Cells by label, ascending; cells with a label or a batch below 0 are in none. Labels without cells are empty.
std::vector<std::vector<std::int64_t>> label_cells(std::span<const std::int32_t> labels, std::span<const std::int32_t> batches);
std::vector<std::vector<std::int64_t>> label_cells(std::span<const std::int32_t> labels);

// Codes of the given cells renumbered 0, 1, ... without gaps, in the order of the old codes.
struct GroupCodes {
    std::vector<std::int32_t> codes;   // one a cell given
    std::vector<std::int64_t> sizes;   // one a group
};
GroupCodes compact_codes(std::span<const std::int32_t> codes, std::span<const std::int64_t> cells);
GroupCodes compact_codes(std::span<const std::int32_t> codes);  // all cells; codes below 0 stay -1

}  // namespace lexicell
