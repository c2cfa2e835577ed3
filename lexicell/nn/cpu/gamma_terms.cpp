#include "lexicell/nn/cpu/gamma_terms.h"

#include <array>
#include <cmath>

#include "lexicell/nn/cpu/cpu_clones.h"
#include "lexicell/nn/cpu/vector_math.h"

namespace lexicell {
namespace {

// Stirling's series of lnGamma and of psi for u >= 8.
double log_gamma_series(double u) {
    const double i = 1.0 / u, i2 = i * i;
    return (u - 0.5) * std::log(u) - u + 0.91893853320467274178 + i * (1.0 / 12 - i2 * (1.0 / 360 - i2 / 1260));
}

double digamma_series(double u) {
    const double i = 1.0 / u, i2 = i * i;
    return std::log(u) - 0.5 * i - i2 * (1.0 / 12 - i2 * (1.0 / 120 - i2 / 252));
}

LEXICELL_CPU_CLONES void fill_row(const float* theta, float k, std::int64_t genes, const float* value, const float* slope, float* next_value,
                                  float* next_slope) {
    for (std::int64_t g = 0; g < genes; ++g) {
        next_value[g] = value[g] + log_lane(theta[g] + k);
        next_slope[g] = slope[g] + 1.0f / (theta[g] + k);
    }
}

}  // namespace

GammaTable::GammaTable(const std::vector<float>& theta)
    : genes_(static_cast<std::int64_t>(theta.size())), value_(17 * theta.size()), slope_(17 * theta.size()) {
    for (int k = 0; k < 16; ++k)
        fill_row(theta.data(), static_cast<float>(k), genes_, &value_[k * genes_], &slope_[k * genes_], &value_[(k + 1) * genes_], &slope_[(k + 1) * genes_]);
}

GammaTerms GammaTable::series(double x, double theta) {
    // theta is carried to theta + 8 by the recurrence, and x + theta likewise where it is below 8.
    double value = 0, slope = 0, top = x + theta;
    for (int k = 0; k < 8; ++k) {
        value += std::log(theta + k);
        slope += 1.0 / (theta + k);
    }
    while (top < 8.0) {
        value -= std::log(top);
        slope -= 1.0 / top;
        top += 1.0;
    }
    return {static_cast<float>(value + log_gamma_series(top) - log_gamma_series(theta + 8)),
            static_cast<float>(slope + digamma_series(top) - digamma_series(theta + 8))};
}

double log_factorial(float x) {
    static const std::array<double, 256> table = [] {
        std::array<double, 256> logs{};
        for (int n = 2; n < 256; ++n) logs[n] = logs[n - 1] + std::log(static_cast<double>(n));
        return logs;
    }();
    const int whole = static_cast<int>(std::min(x, 255.0f));
    if (static_cast<float>(whole) == x) return table[whole];
    double top = static_cast<double>(x) + 1.0, below = 0;
    for (; top < 8.0; top += 1.0) below += std::log(top);
    return log_gamma_series(top) - below;
}

}  // namespace lexicell
