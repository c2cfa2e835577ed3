#pragma once
// Which cells a model learns from and which ones judge it (scilama.md 5.3).

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"

namespace lexicell {

// Rows of the data set, ascending. Rows in neither list are left out (a test set).
struct Split {
    std::vector<std::int64_t> train, validation;
};

struct SplitOptions {
    double validation_share = 0.1;  // of the cells; 0 validates nothing
    std::uint64_t seed = 42;
};

// Cells at random; at least one on each side when the share is positive and there are two cells.
Split random_split(std::int64_t cells, const SplitOptions& options = {});

// Whole groups (donors): none straddles the split. Cells without a group train. Error(precondition, "too-few-groups")
// when fewer than two groups exist.
Split group_split(const Column& groups, const SplitOptions& options = {});

// A column of "train", "val" (or "valid", "validation") and "test"; `key` names it in errors. Error(precondition) for
// other values and when train or val is empty.
Split column_split(const Column& column, const std::string& key);

}  // namespace lexicell
