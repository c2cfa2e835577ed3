#include "lexicell/metrics/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

// Continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), evaluated by Lentz's method.
double beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto away_from_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m < 10000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        fraction *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        fraction *= d * c;
        if (std::abs(d * c - 1) < 1e-16) break;
    }
    return fraction;
}

// I_x(a, b) given log x and log(1 - x), so that neither end loses digits.
double incomplete_beta(double x, double log_x, double log_rest, double a, double b) {
    if (x <= 0) return 0;
    const auto log_gamma = [](double value) { return std::lgamma(static_cast<long double>(value)); };
    const double log_front = a * log_x + b * log_rest + static_cast<double>(log_gamma(a + b) - log_gamma(a) - log_gamma(b));
    if (x < (a + 1) / (a + b + 2)) return std::exp(log_front) * beta_fraction(x, a, b) / a;
    return 1 - std::exp(log_front) * beta_fraction(1 - x, b, a) / b;
}

// Subnormal numbers have lost digits and are slow; scipy rounds them to 0 as well.
double without_subnormals(double p) { return p < std::numeric_limits<double>::min() ? 0 : p; }

long double log_factorial(std::int64_t n) { return std::lgamma(static_cast<long double>(n) + 1); }

long double log_choose(std::int64_t n, std::int64_t k) { return log_factorial(n) - log_factorial(k) - log_factorial(n - k); }

}  // namespace

double normal_upper_tail(double z) { return without_subnormals(std::erfc(z / std::numbers::sqrt2) / 2); }

double student_t_upper_tail(double t, double degrees) {
    LEXICELL_ASSERT(degrees > 0, "degrees of freedom are positive");
    if (std::isnan(t)) return t;
    const double square = t * t;
    if (std::isinf(square)) return t > 0 ? 0 : 1;
    const double tail = incomplete_beta(degrees / (degrees + square), -std::log1p(square / degrees),
                                        square > 0 ? -std::log1p(degrees / square) : -std::numeric_limits<double>::infinity(),
                                        degrees / 2, 0.5) / 2;
    return t > 0 ? without_subnormals(tail) : 1 - tail;
}

double log_hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws) {
    LEXICELL_ASSERT(marked >= 0 && marked <= universe && draws >= 0 && draws <= universe, "not a hypergeometric distribution");
    const std::int64_t last = std::min(marked, draws);
    if (overlap <= std::max<std::int64_t>(0, marked + draws - universe)) return 0;
    if (overlap > last) return -std::numeric_limits<double>::infinity();
    // Relative to the first term; every factor is exact to rounding, so only the first term needs logarithms.
    long double term = 1, sum = 1;
    for (std::int64_t k = overlap; k < last; ++k) {
        term *= static_cast<long double>(marked - k) / static_cast<long double>(k + 1) * static_cast<long double>(draws - k) /
                static_cast<long double>(universe - marked - draws + k + 1);
        sum += term;
        if (term < sum * 1e-22L && (k + 1) * (universe + 2) > (marked + 1) * (draws + 1)) break;  // beyond the mode
    }
    const long double first = log_choose(marked, overlap) + log_choose(universe - marked, draws - overlap) - log_choose(universe, draws);
    return std::min(0.0, static_cast<double>(first + std::log(sum)));
}

double hypergeometric_upper_tail(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws) {
    return std::exp(log_hypergeometric_upper_tail(overlap, universe, marked, draws));
}

double chi_square_upper_tail(double x, double degrees) {
    LEXICELL_ASSERT(degrees > 0, "degrees of freedom are positive");
    if (std::isnan(x)) return x;
    if (x <= 0) return 1;
    if (std::isinf(x)) return 0;
    const long double a = degrees / 2, z = static_cast<long double>(x) / 2;
    const long double log_front = a * std::log(z) - z - std::lgamma(a);
    constexpr long double precision = 1e-19L, tiny = 1e-4000L;
    if (z < a + 1) {
        long double term = 1 / a, sum = term;
        for (int n = 1; n < 100000 && term > sum * precision; ++n) {
            term *= z / (a + n);
            sum += term;
        }
        return static_cast<double>(1 - std::exp(log_front) * sum);
    }
    long double b = z + 1 - a, c = 1 / tiny, d = 1 / b, fraction = d;
    for (int n = 1; n < 100000; ++n) {
        const long double numerator = -n * (n - a);
        b += 2;
        d = numerator * d + b;
        d = 1 / (std::abs(d) < tiny ? tiny : d);
        c = b + numerator / c;
        if (std::abs(c) < tiny) c = tiny;
        fraction *= d * c;
        if (std::abs(d * c - 1) < precision) break;
    }
    return without_subnormals(static_cast<double>(std::exp(log_front) * fraction));
}

double hypergeometric_probability(std::int64_t overlap, std::int64_t universe, std::int64_t marked, std::int64_t draws) {
    LEXICELL_ASSERT(marked >= 0 && marked <= universe && draws >= 0 && draws <= universe, "not a hypergeometric distribution");
    if (overlap < std::max<std::int64_t>(0, marked + draws - universe) || overlap > std::min(marked, draws)) return 0;
    return static_cast<double>(std::exp(log_choose(marked, overlap) + log_choose(universe - marked, draws - overlap) - log_choose(universe, draws)));
}

namespace {

// P(D+ >= d): all terms are positive.
double one_sided_kolmogorov(double d, std::int64_t n) {
    const auto size = static_cast<long double>(n);
    long double sum = 0;
    for (std::int64_t j = 0; j <= static_cast<std::int64_t>(std::floor(size * (1 - static_cast<long double>(d)))); ++j) {
        const long double up = d + j / size, down = 1 - d - j / size;
        if (down < 0) continue;
        if (down == 0) {
            sum += j == n ? std::pow(up, static_cast<long double>(j - 1)) : 0;
            continue;
        }
        sum += std::exp(log_choose(n, j) + (j - 1) * std::log(up) + (n - j) * std::log(down));
    }
    return static_cast<double>(std::min(1.0L, d * sum));
}

using Square = std::vector<double>;  // row-major

Square product(const Square& a, const Square& b, int m) {
    Square out(a.size());
    for (int i = 0; i < m; ++i)
        for (int l = 0; l < m; ++l)
            for (int j = 0; j < m; ++j) out[i * m + j] += a[i * m + l] * b[l * m + j];
    return out;
}

}  // namespace

double kolmogorov_upper_tail(double distance, std::int64_t n) {
    LEXICELL_ASSERT(n > 0, "a sample of at least one point");
    const double scaled = static_cast<double>(n) * distance;
    if (distance >= 1) return 0;
    if (scaled <= 0.5) return 1;
    if (scaled * distance > 4 || distance > 0.5) return std::min(1.0, 2 * one_sided_kolmogorov(distance, n));
    const int k = static_cast<int>(scaled) + 1, m = 2 * k - 1;
    const double h = k - scaled;
    Square step(static_cast<std::size_t>(m * m));
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j) step[i * m + j] = i - j + 1 >= 0;
    for (int i = 0; i < m; ++i) {
        step[i * m] -= std::pow(h, i + 1);
        step[(m - 1) * m + i] -= std::pow(h, m - i);
    }
    step[(m - 1) * m] += 2 * h - 1 > 0 ? std::pow(2 * h - 1, m) : 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            for (int g = 1; g <= i - j + 1; ++g) step[i * m + j] /= g;
    // n! / n^n H^n; scaling by e^-1 a factor keeps the powers in range: H's largest eigenvalue is near e.
    for (double& value : step) value /= std::numbers::e;
    Square power(step.size());
    for (int i = 0; i < m; ++i) power[i * m + i] = 1;
    for (std::int64_t left = n; left > 0; left /= 2) {
        if (left % 2) power = product(power, step, m);
        if (left > 1) step = product(step, step, m);
    }
    const auto size = static_cast<long double>(n);
    const long double factor = std::exp(log_factorial(n) - size * std::log(size) + size);
    return std::clamp(static_cast<double>(1 - factor * power[(k - 1) * m + k - 1]), 0.0, 1.0);
}

}  // namespace lexicell
