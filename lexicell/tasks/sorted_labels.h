#pragma once
// A column of obs as classes: codes in the sort order of the names that occur.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"

namespace lexicell {

struct SortedLabels {
    std::vector<std::int32_t> codes;  // N, -1 = none
    std::vector<std::string> names;   // C, sorted
    std::int64_t labelled() const;    // cells with a label
};

// unlabelled: values that are no labels, such as "unknown".
SortedLabels sorted_labels(const Column& column, std::span<const std::string> unlabelled = {});

}  // namespace lexicell
