#pragma once
// Tails of the distributions that tests refer to, with full relative accuracy far out; below 2e-308 they are 0.

#include <cstdint>

namespace lexicell {

double normal_upper_tail(double z);  // P(Z >= z)

// P(T >= t) for `degrees` > 0 degrees of freedom, which may be fractional.
double student_t_upper_tail(double t, double degrees);

// P(X >= x) of a chi-square variable with `degrees` > 0 degrees of freedom: the regularised incomplete gamma function
// Q(degrees / 2, x / 2), by its series or its continued fraction (Abramowitz & Stegun 6.5.29 and 6.5.31).
double chi_square_upper_tail(double x, double degrees);

// P(X >= overlap) when `draws` of `universe` things are drawn without replacement and `marked` of them are special.
// 0 <= marked, draws <= universe. The logarithm is exact where the probability itself underflows; -inf for 0.
double hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws);
double log_hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws);
double hypergeometric_probability(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws);  // P(X = overlap)

// P(D >= distance) of the two-sided Kolmogorov statistic of one sample of n points: the exact matrix form (Marsaglia,
// Tsang & Wang, J Stat Softw 2003); in the tail n d^2 > 4 twice the one-sided sum of Birnbaum & Tingey 1951, which
// keeps relative accuracy there.
double kolmogorov_upper_tail(double distance, std::int64_t n);

}  // namespace lexicell
