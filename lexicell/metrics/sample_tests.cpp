#include "lexicell/metrics/sample_tests.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/ranks.h"

namespace lexicell {
namespace {

TestResult refused(const std::string& reason) { return {.statistic = Score::not_available(reason), .p = Score::not_available(reason)}; }

double count_of(std::span<const double> values) { return static_cast<double>(values.size()); }

// Rank sum of x among both samples; sizes of tied groups on request.
double rank_sum(std::span<const double> x, std::span<const double> y, std::vector<double>* ties) {
    std::vector<double> both(x.begin(), x.end());
    both.insert(both.end(), y.begin(), y.end());
    const std::vector<double> ranks = mean_ranks(both, ties);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += ranks[i];
    return sum;
}

double cubes_of(const std::vector<double>& ties) {
    double sum = 0;
    for (const double t : ties) sum += t * t * t - t;
    return sum;
}

// P(U >= u) without ties: shares of the arrangements, built up one value at a time.
double exact_upper_tail(double u, std::int64_t nx, std::int64_t ny) {
    // share[i][v]: probability of U = v with i values of x among those placed so far.
    std::vector<std::vector<double>> share(static_cast<std::size_t>(nx + 1), std::vector<double>(static_cast<std::size_t>(nx * ny + 1)));
    share[0][0] = 1;
    for (std::int64_t placed = 0; placed < nx + ny; ++placed)
        for (std::int64_t i = std::min(nx, placed); i >= 0; --i) {
            const std::int64_t smaller_y = placed - i;
            if (smaller_y > ny) continue;
            std::vector<double> now(share[i].size());
            std::swap(now, share[i]);
            const auto left = static_cast<double>(nx + ny - placed);
            const double next_x = static_cast<double>(nx - i) / left, next_y = static_cast<double>(ny - smaller_y) / left;
            for (std::size_t v = 0; v < now.size(); ++v) {
                if (now[v] == 0) continue;
                if (next_x > 0) share[i + 1][v + smaller_y] += now[v] * next_x;
                share[i][v] += now[v] * next_y;
            }
        }
    double sum = 0;
    for (auto v = static_cast<std::size_t>(std::max(0.0, std::ceil(u))); v < share[nx].size(); ++v) sum += share[nx][v];
    return sum;
}

struct Moments {
    double mean = 0, variance = 0;
};

Moments moments_of(std::span<const double> values) {
    Moments out;
    for (const double value : values) out.mean += value / count_of(values);
    for (const double value : values) out.variance += (value - out.mean) * (value - out.mean) / (count_of(values) - 1);
    return out;
}

TestResult t_test(double difference, double square_error, double degrees) {
    if (square_error == 0 && difference == 0) return refused("neither sample varies and the means are equal");
    const double t = difference / std::sqrt(square_error);
    return {.statistic = t, .p = std::isinf(t) ? 0.0 : 2 * student_t_upper_tail(std::abs(t), degrees)};
}

}  // namespace

TestResult rank_sums(std::span<const double> x, std::span<const double> y) {
    if (x.empty() || y.empty()) return refused("an empty sample");
    const double n = count_of(x) + count_of(y);
    const double z = (rank_sum(x, y, nullptr) - count_of(x) * (n + 1) / 2) / std::sqrt(count_of(x) * count_of(y) * (n + 1) / 12);
    return {.statistic = z, .p = 2 * normal_upper_tail(std::abs(z))};
}

TestResult mann_whitney(std::span<const double> x, std::span<const double> y, const MannWhitneyOptions& options) {
    if (x.empty() || y.empty()) return refused("an empty sample");
    const double nx = count_of(x), ny = count_of(y), n = nx + ny;
    std::vector<double> ties;
    const double of_x = rank_sum(x, y, &ties) - nx * (nx + 1) / 2, of_y = nx * ny - of_x;
    const bool two_sided = options.alternative == Alternative::two_sided;
    const double u = two_sided ? std::max(of_x, of_y) : options.alternative == Alternative::greater ? of_x : of_y;
    double tail;
    if (options.exact) {
        tail = exact_upper_tail(u, static_cast<std::int64_t>(x.size()), static_cast<std::int64_t>(y.size()));
    } else {
        const double variance = nx * ny / 12 * (n + 1 - cubes_of(ties) / (n * (n - 1)));
        const double excess = u - nx * ny / 2 - (options.continuity ? 0.5 : 0);
        tail = variance > 0 ? normal_upper_tail(excess / std::sqrt(variance)) : 1;
    }
    return {.statistic = of_x, .p = std::min(1.0, two_sided ? 2 * tail : tail)};
}

TestResult signed_rank(std::span<const double> x, std::span<const double> y) {
    LEXICELL_ASSERT(x.size() == y.size(), "pairs");
    std::vector<double> differences, sizes, ties;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (x[i] != y[i]) differences.push_back(x[i] - y[i]), sizes.push_back(std::abs(x[i] - y[i]));
    if (sizes.empty()) return refused("no pair differs");
    const std::vector<double> ranks = mean_ranks(sizes, &ties);
    double up = 0, down = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) (differences[i] > 0 ? up : down) += ranks[i];
    const double n = count_of(sizes), statistic = std::min(up, down);
    const double z = (statistic - n * (n + 1) / 4) / std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - cubes_of(ties) / 48);
    return {.statistic = statistic, .p = 2 * normal_upper_tail(std::abs(z))};
}

TestResult welch_t(std::span<const double> x, std::span<const double> y) {
    if (x.size() < 2 || y.size() < 2) return refused("a sample of fewer than two values");
    const Moments mx = moments_of(x), my = moments_of(y);
    const double ex = mx.variance / count_of(x), ey = my.variance / count_of(y);
    const double degrees = (ex + ey) * (ex + ey) / (ex * ex / (count_of(x) - 1) + ey * ey / (count_of(y) - 1));
    return t_test(mx.mean - my.mean, ex + ey, degrees);
}

TestResult student_t(std::span<const double> x, std::span<const double> y) {
    if (x.empty() || y.empty() || x.size() + y.size() < 3) return refused("fewer than three values, or an empty sample");
    const Moments mx = moments_of(x), my = moments_of(y);
    const double degrees = count_of(x) + count_of(y) - 2;
    const auto squares = [](const Moments& m, double n) { return n > 1 ? m.variance * (n - 1) : 0; };
    const double pooled = (squares(mx, count_of(x)) + squares(my, count_of(y))) / degrees;
    return t_test(mx.mean - my.mean, pooled * (1 / count_of(x) + 1 / count_of(y)), degrees);
}

TestResult paired_t(std::span<const double> x, std::span<const double> y) {
    LEXICELL_ASSERT(x.size() == y.size(), "pairs");
    if (x.size() < 2) return refused("fewer than two pairs");
    std::vector<double> differences;
    for (std::size_t i = 0; i < x.size(); ++i) differences.push_back(x[i] - y[i]);
    const Moments m = moments_of(differences);
    return t_test(m.mean, m.variance / count_of(differences), count_of(differences) - 1);
}

TestResult kolmogorov_smirnov(std::span<const double> x, std::span<const double> y) {
    if (x.empty() || y.empty()) return refused("an empty sample");
    std::vector<double> a(x.begin(), x.end()), b(y.begin(), y.end());
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    double distance = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const double value = std::min(a[i], b[j]);
        while (i < a.size() && a[i] <= value) ++i;
        while (j < b.size() && b[j] <= value) ++j;
        distance = std::max(distance, std::abs(static_cast<double>(i) / count_of(x) - static_cast<double>(j) / count_of(y)));
    }
    const auto effective = static_cast<std::int64_t>(std::nearbyint(count_of(x) * count_of(y) / (count_of(x) + count_of(y))));
    return {.statistic = distance, .p = effective > 0 ? kolmogorov_upper_tail(distance, effective) : 1.0};
}

TestResult fisher_exact(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, Alternative alternative) {
    LEXICELL_ASSERT(a >= 0 && b >= 0 && c >= 0 && d >= 0, "counts");
    const std::int64_t universe = a + b + c + d, marked = a + b, draws = a + c;
    const double odds = b * c == 0 ? (a * d == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity())
                                   : static_cast<double>(a) * static_cast<double>(d) / (static_cast<double>(b) * static_cast<double>(c));
    TestResult result{.statistic = odds};
    if (std::isnan(odds)) result.statistic.reason = "an odds ratio of 0 over 0";
    if (alternative == Alternative::greater) {
        result.p = hypergeometric_upper_tail(a, universe, marked, draws);
    } else if (alternative == Alternative::less) {
        result.p = hypergeometric_upper_tail(c, universe, universe - marked, draws);
    } else {
        const double own = hypergeometric_probability(a, universe, marked, draws) * (1 + 1e-14);
        double sum = 0;
        for (std::int64_t k = std::max<std::int64_t>(0, marked + draws - universe); k <= std::min(marked, draws); ++k)
            if (const double probability = hypergeometric_probability(k, universe, marked, draws); probability <= own) sum += probability;
        result.p = std::min(1.0, sum);
    }
    return result;
}

}  // namespace lexicell
