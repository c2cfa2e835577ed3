#pragma once
// What was read and what was dropped on the way to the analysis, in the order in which it happened.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/report/page.h"

namespace lexicell {

struct DropStep {
    std::string reason;        // "fewer than 200 genes", "not in the vocabulary"
    std::int64_t dropped = 0;
    std::string detail;        // names of the first few, or what to do; may be empty
};

struct DropReport {
    std::vector<std::pair<std::string, std::string>> source;  // file, format, size, hash, layer that was read
    std::int64_t cells_read = 0, genes_read = 0;
    std::vector<DropStep> cells, genes;                       // steps that dropped nothing are listed too
};

// The source as key-value pairs, and a bar of what was kept with the table of steps.
std::vector<Block> drop_blocks(const DropReport& report);

}  // namespace lexicell
