#pragma once
// Distances of two distributions on a line or over categories, by scipy's definitions.

#include <span>

#include "lexicell/metrics/score.h"

namespace lexicell {

// D = 1/2 KL(p | m) + 1/2 KL(q | m), m the mean of both, each brought to sum 1 (Lin 1991), in units of log `base`.
// Not available: a value below 0, or a sum of 0. The distance is sqrt(D), in [0, 1] for base 2.
Score jensen_shannon_divergence(std::span<const double> p, std::span<const double> q, double base = 2.718281828459045);
Score jensen_shannon_distance(std::span<const double> p, std::span<const double> q, double base = 2.718281828459045);

// Integral of |F - G| over the distribution functions of two samples. Not available for an empty sample.
Score wasserstein_distance(std::span<const double> x, std::span<const double> y);

// sqrt(2 integral (F - G)^2) = sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|), pairs of a value with itself included.
Score energy_distance_1d(std::span<const double> x, std::span<const double> y);

}  // namespace lexicell
