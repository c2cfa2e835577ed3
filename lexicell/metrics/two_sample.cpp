#include "lexicell/metrics/two_sample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/metrics/square_distance.h"

namespace lexicell {
namespace {

// Sum of f(|a_i - b_j|^2) over all pairs, row by row, so that threads change nothing.
template <class Function>
double sum_over_pairs(const DenseMatrix& a, const DenseMatrix& b, int threads, Function&& f) {
    std::vector<double> rows(static_cast<std::size_t>(a.rows));
    parallel_for(a.rows, 32, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < b.rows; ++j) rows[i] += f(square_distance(a.row(i), b.row(j)));
    });
    double sum = 0;
    for (const double row : rows) sum += row;
    return sum;
}

// Means of f between the groups and within each, combined; `self` is f(0).
template <class Function>
Score combine(const DenseMatrix& x, const DenseMatrix& y, bool self_pairs, int threads, double self, Function&& f) {
    LEXICELL_ASSERT(x.cols == y.cols, "two groups in one space");
    if (x.rows == 0 || y.rows == 0) return Score::not_available("an empty group");
    if (!self_pairs && (x.rows == 1 || y.rows == 1)) return Score::not_available("a group of one cell has no pairs");
    const auto within = [&](const DenseMatrix& group) {
        const auto n = static_cast<double>(group.rows);
        const double sum = sum_over_pairs(group, group, threads, f);
        return self_pairs ? sum / (n * n) : (sum - n * self) / (n * (n - 1));
    };
    const double between = sum_over_pairs(x, y, threads, f) / (static_cast<double>(x.rows) * static_cast<double>(y.rows));
    return 2 * between - within(x) - within(y);
}

}  // namespace

Score energy_distance(const DenseMatrix& x, const DenseMatrix& y, const EnergyDistanceOptions& options) {
    return combine(x, y, options.self_pairs, options.threads, 0,
                   [&](double square) { return options.squared ? square : std::sqrt(square); });
}

Score mean_discrepancy(const DenseMatrix& x, const DenseMatrix& y, const MeanDiscrepancyOptions& options) {
    const double gamma = options.gamma.value_or(1 / static_cast<double>(std::max<std::int64_t>(1, x.cols)));
    Score score = combine(x, y, options.self_pairs, options.threads, 1, [&](double square) { return std::exp(-gamma * square); });
    score.value = -score.value;
    return score;
}

Score median_pairwise_distance(const DenseMatrix& x, const DenseMatrix& y) {
    LEXICELL_ASSERT(x.cols == y.cols, "two groups in one space");
    const auto row = [&](std::int64_t i) { return i < x.rows ? x.row(i) : y.row(i - x.rows); };
    std::vector<double> squares;
    for (std::int64_t i = 0; i < x.rows + y.rows; ++i)
        for (std::int64_t j = 0; j < i; ++j) squares.push_back(square_distance(row(i), row(j)));
    if (squares.empty()) return Score::not_available("fewer than two cells");
    const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
    std::nth_element(squares.begin(), middle, squares.end());
    if (squares.size() % 2) return std::sqrt(*middle);
    return (std::sqrt(*middle) + std::sqrt(*std::max_element(squares.begin(), middle))) / 2;
}

}  // namespace lexicell
