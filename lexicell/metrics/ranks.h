#pragma once
#include <span>
#include <vector>

namespace lexicell {

// Ranks from 1, ties at their mean rank; `ties` (if given) receives the size of every group of equal values, singles
// included. Values are not NaN.
std::vector<double> mean_ranks(std::span<const double> values, std::vector<double>* ties = nullptr);

}  // namespace lexicell
