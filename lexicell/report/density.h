#pragma once
#include <span>
#include <vector>

namespace lexicell {

struct Density {
    std::vector<double> at, value;  // the estimate on an even grid from the smallest to the largest value; maximum 1
};

// Gaussian kernel density of `values` (finite, any order) with Silverman's bandwidth, 0.9 min(sd, IQR / 1.34) n^(-1/5)
// (Silverman 1986, eq. 3.31), on `points` grid points. Values are binned linearly first, so that it takes N + points^2.
// Empty for no values; a single peak of width zero for one distinct value.
Density density(std::span<const double> values, int points = 128);

// The q-quantile of ascending values by linear interpolation (type 7).
double quantile(std::span<const double> ascending, double q);

}  // namespace lexicell
