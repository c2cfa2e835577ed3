#include "lexicell/metrics/distribution_distances.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

// Sum of width * integrand(F - G) between neighbouring values of both samples.
template <class Integrand>
Score integrate_difference(std::span<const double> x, std::span<const double> y, Integrand&& integrand) {
    if (x.empty() || y.empty()) return Score::not_available("an empty sample");
    std::vector<double> a(x.begin(), x.end()), b(y.begin(), y.end()), values;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(values));
    double sum = 0;
    std::size_t i = 0, j = 0;
    for (std::size_t v = 0; v + 1 < values.size(); ++v) {
        while (i < a.size() && a[i] <= values[v]) ++i;
        while (j < b.size() && b[j] <= values[v]) ++j;
        const double difference = static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size());
        sum += (values[v + 1] - values[v]) * integrand(difference);
    }
    return sum;
}

}  // namespace

Score jensen_shannon_divergence(std::span<const double> p, std::span<const double> q, double base) {
    LEXICELL_ASSERT(p.size() == q.size(), "two distributions over the same categories");
    double total_p = 0, total_q = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (!(p[i] >= 0 && q[i] >= 0)) return Score::not_available("a weight is negative or not a number");
        total_p += p[i], total_q += q[i];
    }
    if (!(total_p > 0 && total_q > 0)) return Score::not_available("a distribution without weight");
    const auto term = [](double share, double mean) { return share > 0 ? share * std::log(share / mean) : 0; };
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double a = p[i] / total_p, b = q[i] / total_q, mean = (a + b) / 2;
        sum += term(a, mean) / 2 + term(b, mean) / 2;
    }
    return std::max(0.0, sum) / std::log(base);
}

Score jensen_shannon_distance(std::span<const double> p, std::span<const double> q, double base) {
    Score divergence = jensen_shannon_divergence(p, q, base);
    divergence.value = std::sqrt(divergence.value);
    return divergence;
}

Score wasserstein_distance(std::span<const double> x, std::span<const double> y) {
    return integrate_difference(x, y, [](double difference) { return std::abs(difference); });
}

Score energy_distance_1d(std::span<const double> x, std::span<const double> y) {
    Score integral = integrate_difference(x, y, [](double difference) { return difference * difference; });
    integral.value = std::sqrt(2 * integral.value);
    return integral;
}

}  // namespace lexicell
