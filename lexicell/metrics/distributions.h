#pragma once
// Tails of the distributions that tests refer to, with full relative accuracy far out; below 2e-308 they are 0.

#include <cstdint>

namespace lexicell {

double normal_upper_tail(double z);  // P(Z >= z)

// P(T >= t) for `degrees` > 0 degrees of freedom, which may be fractional.
double student_t_upper_tail(double t, double degrees);

// P(X >= overlap) when `draws` of `universe` things are drawn without replacement and `marked` of them are special.
// 0 <= marked, draws <= universe. The logarithm is exact where the probability itself underflows; -inf for 0.
double hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws);
double log_hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws);

}  // namespace lexicell
