#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

// Component of every node, 0, 1, ...: nodes that reach one another along the directed edges (the stored entries) whose
// ends have the same group (Tarjan 1972). groups: N codes; nodes with a code below 0 are in none, -1. No groups = one.
struct StrongComponents {
    std::vector<std::int32_t> component;  // N
    std::vector<std::int64_t> sizes;
};
StrongComponents strong_components(const CsrMatrix& graph, std::span<const std::int32_t> groups = {});

}  // namespace lexicell
