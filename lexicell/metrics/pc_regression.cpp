#include "lexicell/metrics/pc_regression.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/graph/symmetric_eigen.h"

namespace lexicell {
namespace {

using Columns = std::vector<std::vector<double>>;  // D of N, centred

Columns centred_columns(const DenseMatrix& points) {
    Columns columns(static_cast<std::size_t>(points.cols), std::vector<double>(static_cast<std::size_t>(points.rows)));
    for (std::int64_t d = 0; d < points.cols; ++d) {
        double mean = 0;
        for (std::int64_t i = 0; i < points.rows; ++i) mean += points(i, d);
        mean /= static_cast<double>(points.rows);
        for (std::int64_t i = 0; i < points.rows; ++i) columns[d][i] = points(i, d) - mean;
    }
    return columns;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

// Scores of the leading principal components.
Columns leading_components(const Columns& columns, std::int64_t components) {
    const std::size_t width = columns.size();
    std::vector<double> covariance(width * width);
    for (std::size_t a = 0; a < width; ++a)
        for (std::size_t b = 0; b <= a; ++b) covariance[a * width + b] = covariance[b * width + a] = dot(columns[a], columns[b]);
    const EigenPairs pairs = largest_eigenpairs(static_cast<std::int64_t>(width), components, [&](std::span<const double> x, std::span<double> y) {
        for (std::size_t a = 0; a < width; ++a) {
            y[a] = 0;
            for (std::size_t b = 0; b < width; ++b) y[a] += covariance[a * width + b] * x[b];
        }
    });
    Columns scores;
    for (const std::vector<double>& loading : pairs.vectors) {
        scores.emplace_back(columns[0].size());
        for (std::size_t d = 0; d < width; ++d)
            for (std::size_t i = 0; i < scores.back().size(); ++i) scores.back()[i] += loading[d] * columns[d][i];
    }
    return scores;
}

template <class Explained>
Score explained_share(const DenseMatrix& points, std::optional<std::int64_t> components, Explained&& explained) {
    require_finite(points);
    Columns columns = centred_columns(points);
    if (components && *components < points.cols) columns = leading_components(columns, *components);
    double between = 0, total = 0;
    for (const std::vector<double>& column : columns) {
        const double square = dot(column, column);
        between += std::clamp(explained(column), 0.0, square);
        total += square;
    }
    if (!(total > 0)) return Score::not_available("the embedding does not vary");
    return between / total;
}

}  // namespace

Score pc_regression(const DenseMatrix& points, std::span<const std::int32_t> categories, std::optional<std::int64_t> components) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(categories.size()), "one category a cell");
    LEXICELL_ASSERT(std::all_of(categories.begin(), categories.end(), [](std::int32_t code) { return code >= 0; }), "every cell has a category");
    const GroupCodes groups = compact_codes(categories);
    if (groups.sizes.size() < 2) return Score::not_available("fewer than two categories");
    return explained_share(points, components, [&](const std::vector<double>& column) {
        std::vector<double> sums(groups.sizes.size());
        for (std::size_t i = 0; i < column.size(); ++i) sums[groups.codes[i]] += column[i];
        double between = 0;
        for (std::size_t g = 0; g < sums.size(); ++g) between += sums[g] * sums[g] / static_cast<double>(groups.sizes[g]);
        return between;
    });
}

Score pc_regression(const DenseMatrix& points, std::span<const double> covariate, std::optional<std::int64_t> components) {
    return pc_regression(points, std::vector<std::vector<double>>(1, {covariate.begin(), covariate.end()}), components);
}

Score pc_regression(const DenseMatrix& points, const std::vector<std::vector<double>>& covariates, std::optional<std::int64_t> components) {
    std::vector<std::vector<double>> basis;  // orthonormal, of the centred covariates
    for (const std::vector<double>& covariate : covariates) {
        LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(covariate.size()), "one value a cell");
        std::vector<double> direction = covariate;
        double mean = 0;
        for (const double value : covariate) mean += value / static_cast<double>(covariate.size());
        for (double& value : direction) value -= mean;
        const double before = dot(direction, direction);
        if (!std::isfinite(before)) return Score::not_available("a covariate is not finite");
        for (const std::vector<double>& other : basis) {
            const double along = dot(direction, other);
            for (std::size_t i = 0; i < direction.size(); ++i) direction[i] -= along * other[i];
        }
        const double square = dot(direction, direction);
        if (!(square > 1e-20 * before)) continue;  // constant, or a combination of the others
        for (double& value : direction) value /= std::sqrt(square);
        basis.push_back(std::move(direction));
    }
    if (basis.empty()) return Score::not_available("the covariate does not vary");
    return explained_share(points, components, [&](const std::vector<double>& column) {
        double explained = 0;
        for (const std::vector<double>& direction : basis) explained += dot(column, direction) * dot(column, direction);
        return explained;
    });
}

Score pcr_comparison(const Score& before, const Score& after) {
    if (!before.available()) return Score::not_available("before integration: " + before.reason);
    if (!after.available()) return Score::not_available("after integration: " + after.reason);
    if (before.value == 0) return Score::not_available("the covariate explains nothing before integration");
    return std::max(0.0, (before.value - after.value) / before.value);
}

}  // namespace lexicell
