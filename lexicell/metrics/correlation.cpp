#include "lexicell/metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/ranks.h"

namespace lexicell {
namespace {

std::string obstacle(std::span<const double> x, std::span<const double> y) {
    LEXICELL_ASSERT(x.size() == y.size(), "two lists of one length");
    if (x.size() < 2) return "fewer than two values";
    for (const auto& list : {x, y}) {
        if (std::any_of(list.begin(), list.end(), [](double value) { return !std::isfinite(value); })) return "a value is not finite";
        if (std::all_of(list.begin(), list.end(), [&](double value) { return value == list[0]; })) return "a list does not vary";
    }
    return {};
}

Correlation refused(const std::string& reason) { return {.coefficient = Score::not_available(reason), .p = Score::not_available(reason)}; }

double mean_of(std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

// Scaled by the largest deviation first, so that no square under- or overflows.
double product_moment(std::span<const double> x, std::span<const double> y) {
    const double mx = mean_of(x), my = mean_of(y);
    double largest_x = 0, largest_y = 0, xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        largest_x = std::max(largest_x, std::abs(x[i] - mx));
        largest_y = std::max(largest_y, std::abs(y[i] - my));
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double dx = (x[i] - mx) / largest_x, dy = (y[i] - my) / largest_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

double p_of(double r, std::size_t n) {
    if (n == 2) return 1;
    const auto degrees = static_cast<double>(n - 2);
    return std::min(1.0, 2 * student_t_upper_tail(std::abs(r) * std::sqrt(degrees / ((1 + r) * (1 - r))), degrees));
}

struct PairOrder {
    double concordant_minus_discordant = 0, discordant = 0;
};

PairOrder pair_order(std::span<const double> x, std::span<const double> y) {
    PairOrder out;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const int sign = ((x[i] > x[j]) - (x[i] < x[j])) * ((y[i] > y[j]) - (y[i] < y[j]));
            out.concordant_minus_discordant += sign;
            out.discordant += sign < 0;
        }
    return out;
}

// Share of permutations of n with at most c inversions.
double inversions_at_most(std::size_t n, std::size_t c) {
    std::vector<double> share(c + 1);
    share[0] = 1;
    for (std::size_t size = 2; size <= n; ++size)
        for (std::size_t k = c + 1; k-- > 0;) {
            double sum = 0;
            for (std::size_t moved = 0; moved < size && moved <= k; ++moved) sum += share[k - moved];
            share[k] = sum / static_cast<double>(size);
        }
    double sum = 0;
    for (const double value : share) sum += value;
    return sum;
}

double kendall_p(double difference, double discordant, std::size_t count, const std::vector<double>& tx, const std::vector<double>& ty) {
    const auto n = static_cast<double>(count);
    const bool ties = tx.size() < count || ty.size() < count;
    const double pairs = n * (n - 1) / 2, fewer = std::min(discordant, pairs - discordant);
    if (!ties && (count <= 33 || fewer <= 1)) {
        if (2 * fewer == pairs) return 1;
        return std::min(1.0, 2 * inversions_at_most(count, static_cast<std::size_t>(fewer)));
    }
    const auto sum_over = [](const std::vector<double>& sizes, auto&& term) {
        double sum = 0;
        for (const double t : sizes) sum += term(t);
        return sum;
    };
    const auto pairs_of = [](double t) { return t * (t - 1) / 2; };
    const auto triples = [](double t) { return t * (t - 1) * (t - 2); };
    const auto weighted = [](double t) { return t * (t - 1) * (2 * t + 5); };
    const double m = n * (n - 1);
    const double variance = (m * (2 * n + 5) - sum_over(tx, weighted) - sum_over(ty, weighted)) / 18 +
                            2 * sum_over(tx, pairs_of) * sum_over(ty, pairs_of) / m +
                            (n > 2 ? sum_over(tx, triples) * sum_over(ty, triples) / (9 * m * (n - 2)) : 0);
    return std::min(1.0, 2 * normal_upper_tail(std::abs(difference) / std::sqrt(variance)));
}

}  // namespace

Correlation pearson(std::span<const double> x, std::span<const double> y) {
    if (const std::string reason = obstacle(x, y); !reason.empty()) return refused(reason);
    const double r = product_moment(x, y);
    return {.coefficient = r, .p = p_of(r, x.size())};
}

Correlation spearman(std::span<const double> x, std::span<const double> y) {
    if (const std::string reason = obstacle(x, y); !reason.empty()) return refused(reason);
    const double r = product_moment(mean_ranks(x), mean_ranks(y));
    return {.coefficient = r, .p = p_of(r, x.size())};
}

Score weighted_pearson(std::span<const double> x, std::span<const double> y, std::span<const double> weights) {
    if (const std::string reason = obstacle(x, y); !reason.empty()) return Score::not_available(reason);
    double total = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) total += weights[i], mx += weights[i] * x[i], my += weights[i] * y[i];
    if (!(total > 0)) return Score::not_available("all weights are 0");
    mx /= total, my /= total;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += weights[i] * (x[i] - mx) * (x[i] - mx);
        yy += weights[i] * (y[i] - my) * (y[i] - my);
        xy += weights[i] * (x[i] - mx) * (y[i] - my);
    }
    if (!(xx > 0 && yy > 0)) return Score::not_available("a list does not vary where it has weight");
    return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

Correlation kendall(std::span<const double> x, std::span<const double> y) {
    if (const std::string reason = obstacle(x, y); !reason.empty()) return refused(reason);
    std::vector<double> tx, ty;
    mean_ranks(x, &tx);
    mean_ranks(y, &ty);
    const auto untied = [&](const std::vector<double>& sizes) {
        double pairs = static_cast<double>(x.size()) * static_cast<double>(x.size() - 1) / 2;
        for (const double t : sizes) pairs -= t * (t - 1) / 2;
        return pairs;
    };
    const PairOrder order = pair_order(x, y);
    return {.coefficient = order.concordant_minus_discordant / std::sqrt(untied(tx)) / std::sqrt(untied(ty)),
            .p = kendall_p(order.concordant_minus_discordant, order.discordant, x.size(), tx, ty)};
}

Score kendall_c(std::span<const double> x, std::span<const double> y) {
    if (const std::string reason = obstacle(x, y); !reason.empty()) return Score::not_available(reason);
    const auto n = static_cast<double>(x.size());
    const auto distinct = static_cast<double>(std::min(std::set(x.begin(), x.end()).size(), std::set(y.begin(), y.end()).size()));
    return 2 * pair_order(x, y).concordant_minus_discordant / (n * n * (distinct - 1) / distinct);
}

Score cosine_similarity(std::span<const double> x, std::span<const double> y) {
    LEXICELL_ASSERT(x.size() == y.size(), "two vectors of one length");
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
    if (!(xx > 0 && yy > 0)) return Score::not_available("a vector of zeros has no direction");
    return xy / std::sqrt(xx) / std::sqrt(yy);
}

}  // namespace lexicell
