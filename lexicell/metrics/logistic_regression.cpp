#include "lexicell/metrics/logistic_regression.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

using Vector = std::vector<double>;  // D weights, then the intercept

double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

double logit_of(const Vector& theta, std::span<const float> row) {
    double z = theta.back();
    for (std::size_t d = 0; d < row.size(); ++d) z += theta[d] * row[d];
    return z;
}

struct Problem {
    const DenseMatrix& x;
    std::span<const std::int32_t> truth;
    double strength;

    double loss(const Vector& theta) const {
        double sum = 0;
        for (std::int64_t i = 0; i < x.rows; ++i) {
            const double z = truth[i] ? logit_of(theta, x.row(i)) : -logit_of(theta, x.row(i));
            sum += z > 0 ? std::log1p(std::exp(-z)) : std::log1p(std::exp(z)) - z;
        }
        return strength * sum + (dot(theta, theta) - theta.back() * theta.back()) / 2;
    }

    // sum_i c_i (x_i, 1) scaled by C, plus `shrunk` without its intercept.
    template <class Coefficient>
    Vector combine(const Vector& shrunk, Coefficient&& coefficient) const {
        Vector out(shrunk.size());
        for (std::int64_t i = 0; i < x.rows; ++i) {
            const double c = strength * coefficient(i);
            for (std::int64_t d = 0; d < x.cols; ++d) out[d] += c * x(i, d);
            out.back() += c;
        }
        for (std::int64_t d = 0; d < x.cols; ++d) out[d] += shrunk[d];
        return out;
    }
};

// Conjugate gradients on the Hessian until the residual has fallen a thousandfold.
Vector newton_direction(const Problem& problem, const Vector& gradient, const std::vector<double>& curvature) {
    Vector step(gradient.size()), residual = gradient;
    for (double& value : residual) value = -value;
    Vector direction = residual;
    double square = dot(residual, residual);
    const double enough = 1e-6 * square;
    for (std::size_t k = 0; k < 2 * gradient.size() + 10 && square > enough; ++k) {
        const Vector image = problem.combine(direction, [&](std::int64_t i) { return curvature[i] * logit_of(direction, problem.x.row(i)); });
        const double along = dot(direction, image);
        if (!(along > 0)) break;
        const double length = square / along;
        for (std::size_t i = 0; i < step.size(); ++i) step[i] += length * direction[i], residual[i] -= length * image[i];
        const double next = dot(residual, residual);
        for (std::size_t i = 0; i < step.size(); ++i) direction[i] = residual[i] + next / square * direction[i];
        square = next;
    }
    return step;
}

}  // namespace

double LogisticModel::logit(std::span<const float> features) const {
    double z = intercept;
    for (std::size_t d = 0; d < features.size(); ++d) z += weights[d] * features[d];
    return z;
}

LogisticModel fit_logistic(const DenseMatrix& features, std::span<const std::int32_t> truth, const LogisticOptions& options) {
    LEXICELL_ASSERT(features.rows == static_cast<std::int64_t>(truth.size()), "one class a row");
    const Problem problem{features, truth, options.strength};
    Vector theta(static_cast<std::size_t>(features.cols + 1));
    double loss = problem.loss(theta);
    for (int iteration = 0; iteration < options.iterations; ++iteration) {
        std::vector<double> p(truth.size()), curvature(truth.size());
        for (std::int64_t i = 0; i < features.rows; ++i) {
            p[i] = 1 / (1 + std::exp(-logit_of(theta, features.row(i))));
            curvature[i] = p[i] * (1 - p[i]);
        }
        const Vector gradient = problem.combine(theta, [&](std::int64_t i) { return p[i] - truth[i]; });
        double largest = 0;
        for (const double value : gradient) largest = std::max(largest, std::abs(value));
        if (largest <= options.tolerance * options.strength * static_cast<double>(features.rows)) break;
        const Vector step = newton_direction(problem, gradient, curvature);
        bool better = false;
        for (double length = 1; length > 1e-10 && !better; length /= 2) {
            Vector tried = theta;
            for (std::size_t i = 0; i < tried.size(); ++i) tried[i] += length * step[i];
            const double there = problem.loss(tried);
            if (there < loss) theta = std::move(tried), loss = there, better = true;
        }
        if (!better) break;
    }
    return {.weights = Vector(theta.begin(), theta.end() - 1), .intercept = theta.back()};
}

}  // namespace lexicell
