#pragma once
// lnGamma(x + theta) - lnGamma(theta) and psi(x + theta) - psi(theta) without gamma functions (performance.md 5.4): sums of
// logarithms from a table for whole counts up to 16, asymptotic series beyond.

#include <cstdint>
#include <vector>

namespace lexicell {

struct GammaTerms {
    float value = 0;  // lnGamma(x + theta) - lnGamma(theta)
    float slope = 0;  // its derivative with respect to theta
};

class GammaTable {
public:
    GammaTable() = default;
    explicit GammaTable(const std::vector<float>& theta);  // G, one a gene
    GammaTerms at(std::int64_t gene, float x, float theta) const {
        const int whole = static_cast<int>(x);
        if (x <= 16.0f && static_cast<float>(whole) == x) return {value_[whole * genes_ + gene], slope_[whole * genes_ + gene]};
        return series(x, theta);
    }
    static GammaTerms series(double x, double theta);  // any x > 0, theta > 0

private:
    std::int64_t genes_ = 0;
    std::vector<float> value_, slope_;  // 17 x G
};

double log_factorial(float x);  // ln Gamma(x + 1)

}  // namespace lexicell
