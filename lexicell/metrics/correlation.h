#pragma once
// Correlation of two lists of equal length with two-sided p values, by scipy's conventions. Not available: fewer than
// two values, a list without variance, or a value that is not finite.

#include <span>

#include "lexicell/metrics/score.h"

namespace lexicell {

struct Correlation {
    Score coefficient;  // in [-1, 1]
    Score p;            // of no association
};

// sum (x - mx)(y - my) / sqrt(sum (x - mx)^2 sum (y - my)^2); p from Student's t with n - 2 degrees of freedom.
Correlation pearson(std::span<const double> x, std::span<const double> y);

// Pearson of the ranks, ties at their mean rank (Spearman 1904); p from the same t.
Correlation spearman(std::span<const double> x, std::span<const double> y);

// sum w (x - mx)(y - my) / sqrt(...) with weighted means, w >= 0; no p value. Not available also where all weights are 0.
Score weighted_pearson(std::span<const double> x, std::span<const double> y, std::span<const double> weights);

// tau-b = (concordant - discordant) / sqrt((pairs - ties in x)(pairs - ties in y)) (Kendall 1945); p exact without ties
// up to 33 values, else normal with the variance under ties. O(n^2).
Correlation kendall(std::span<const double> x, std::span<const double> y);

// tau-c = 2 (concordant - discordant) / (n^2 (m - 1) / m), m the smaller number of distinct values (Stuart 1953).
Score kendall_c(std::span<const double> x, std::span<const double> y);

// x . y / (|x| |y|); not available for a vector of zeros.
Score cosine_similarity(std::span<const double> x, std::span<const double> y);

}  // namespace lexicell
