#pragma once
// Adjusted p values beside benjamini_hochberg.h, in the order of `p` and at most 1. NaN counts as 1.

#include <span>
#include <vector>

namespace lexicell {

// p m (Bonferroni 1936): bounds the chance of any false discovery.
std::vector<double> bonferroni(std::span<const double> p);

// Step-down, max over j <= i of p_(j) (m - j + 1) (Holm 1979): the same bound, never larger than Bonferroni's.
std::vector<double> holm(std::span<const double> p);

// benjamini_hochberg times sum_i 1 / i (Benjamini & Yekutieli 2001): holds under any dependence.
std::vector<double> benjamini_yekutieli(std::span<const double> p);

}  // namespace lexicell
