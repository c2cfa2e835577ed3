#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "lexicell/data/frame.h"
#include "lexicell/tasks/sorted_labels.h"
#include "lexicell/train/split.h"

namespace lexicell {

constexpr int kHeldOutFolds = 5;  // one of which is held out

// Labelled cells to learn from and, as validation, a fifth of them to judge by: whole groups of an obs column (donors), or
// cells at random, evenly over the classes.
Split held_out_split(const Frame& obs, const SortedLabels& labels, const std::optional<std::string>& group, std::uint64_t seed);

}  // namespace lexicell
