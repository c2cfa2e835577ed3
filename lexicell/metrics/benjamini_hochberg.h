#pragma once
#include <span>
#include <vector>

namespace lexicell {

// False discovery rates (Benjamini & Hochberg 1995), in the order of `p`: q_(i) = min over j >= i of p_(j) m / j,
// at most 1. NaN counts as 1.
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace lexicell
