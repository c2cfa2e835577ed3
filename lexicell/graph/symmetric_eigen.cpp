#include "lexicell/graph/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

constexpr std::int64_t whole_space = 600;

// Eight sums side by side: one alone would wait for every addition.
double dot(std::span<const double> a, std::span<const double> b) {
    constexpr std::size_t lanes = 8;
    double sums[lanes] = {};
    const std::size_t whole = a.size() / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes)
        for (std::size_t l = 0; l < lanes; ++l) sums[l] += a[i + l] * b[i + l];
    for (std::size_t i = whole; i < a.size(); ++i) sums[i - whole] += a[i] * b[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// Twice, since one pass leaves rounding errors of the size of what it removes (Kahan's "twice is enough").
void remove_components(std::vector<double>& vector, const std::vector<std::vector<double>>& basis) {
    for (int pass = 0; pass < 2; ++pass)
        for (const std::vector<double>& direction : basis) {
            const double along = dot(vector, direction);
            for (std::size_t i = 0; i < vector.size(); ++i) vector[i] -= along * direction[i];
        }
}

void scale(std::vector<double>& vector, double factor) {
    for (double& value : vector) value *= factor;
}

std::vector<double> new_direction(std::int64_t size, const std::vector<std::vector<double>>& basis) {
    RandomStream random(0x4c616e63, basis.size());
    std::vector<double> vector(static_cast<std::size_t>(size));
    for (double& value : vector) value = random.normal();
    remove_components(vector, basis);
    scale(vector, 1 / std::sqrt(dot(vector, vector)));
    return vector;
}

std::vector<std::size_t> largest_magnitudes(const std::vector<double>& values, std::int64_t count) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
    order.resize(static_cast<std::size_t>(count));
    return order;
}

// Eigenpairs of the matrix in the Lanczos basis, brought back to the whole space.
EigenPairs pairs_in(const std::vector<std::vector<double>>& basis, const std::vector<double>& diagonal, const std::vector<double>& beside, std::int64_t count) {
    std::vector<std::vector<double>> small(basis.size(), std::vector<double>(basis.size()));
    for (std::size_t i = 0; i < small.size(); ++i) small[i][i] = 1;
    const std::vector<double> values = tridiagonal_eigen(diagonal, beside, small);
    std::vector<std::size_t> order = largest_magnitudes(values, count);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    EigenPairs out;
    for (const std::size_t i : order) {
        out.values.push_back(values[i]);
        std::vector<double> vector(basis[0].size());
        for (std::size_t b = 0; b < basis.size(); ++b)
            for (std::size_t r = 0; r < vector.size(); ++r) vector[r] += small[i][b] * basis[b][r];
        const auto peak = std::max_element(vector.begin(), vector.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
        scale(vector, (*peak < 0 ? -1 : 1) / std::sqrt(dot(vector, vector)));
        out.vectors.push_back(std::move(vector));
    }
    return out;
}

}  // namespace

std::vector<double> tridiagonal_eigen(std::vector<double> diagonal, std::vector<double> beside, std::vector<std::vector<double>>& rotations) {
    const std::size_t n = diagonal.size();
    LEXICELL_ASSERT(beside.size() + 1 == n && rotations.size() == n, "n entries, n - 1 beside them");
    beside.push_back(0);
    for (std::size_t first = 0; first < n; ++first)
        for (int step = 0;; ++step) {
            std::size_t last = first;
            while (last + 1 < n && std::abs(beside[last]) > 2.3e-16 * (std::abs(diagonal[last]) + std::abs(diagonal[last + 1]))) ++last;
            if (last == first) break;
            LEXICELL_ASSERT(step < 200, "implicit QL converges");
            // Wilkinson's shift from the leading 2 x 2 block.
            const double half = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
            const double root = std::hypot(half, 1.0);
            double bulge = diagonal[last] - diagonal[first] + beside[first] / (half + std::copysign(root, half));
            double sine = 1, cosine = 1, carried = 0;
            bool split = false;
            for (std::size_t i = last; i-- > first;) {
                const double f = sine * beside[i], b = cosine * beside[i];
                const double length = std::hypot(f, bulge);
                beside[i + 1] = length;
                if (length == 0) {
                    diagonal[i + 1] -= carried;
                    beside[last] = 0;
                    split = true;
                    break;
                }
                sine = f / length;
                cosine = bulge / length;
                bulge = diagonal[i + 1] - carried;
                const double turned = (diagonal[i] - bulge) * sine + 2 * cosine * b;
                carried = sine * turned;
                diagonal[i + 1] = bulge + carried;
                bulge = cosine * turned - b;
                std::vector<double>&upper = rotations[i], &lower = rotations[i + 1];
                for (std::size_t k = 0; k < upper.size(); ++k) {
                    const double old = lower[k];
                    lower[k] = sine * upper[k] + cosine * old;
                    upper[k] = cosine * upper[k] - sine * old;
                }
            }
            if (split) continue;
            diagonal[first] -= carried;
            beside[first] = bulge;
            beside[last] = 0;
        }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return diagonal[a] < diagonal[b]; });
    std::vector<double> values;
    std::vector<std::vector<double>> sorted;
    for (const std::size_t i : order) {
        values.push_back(diagonal[i]);
        sorted.push_back(std::move(rotations[i]));
    }
    rotations = std::move(sorted);
    return values;
}

EigenPairs largest_eigenpairs(std::int64_t size, std::int64_t count,
                              const std::function<void(std::span<const double> x, std::span<double> y)>& apply) {
    count = std::min(count, size);
    if (count <= 0) return {};
    std::vector<std::vector<double>> basis = {new_direction(size, {})};
    std::vector<double> diagonal, beside, image(static_cast<std::size_t>(size));
    std::int64_t next_check = size <= whole_space ? size : std::min(size, 2 * count + 20);
    for (;;) {
        const std::vector<double>& newest = basis.back();
        apply(newest, image);
        diagonal.push_back(dot(newest, image));
        remove_components(image, basis);
        const double left = std::sqrt(dot(image, image));
        const auto space = static_cast<std::int64_t>(basis.size());
        if (space >= next_check) {
            // The residual of a pair is `left` times the last entry of its vector: all that this check turns along.
            std::vector<std::vector<double>> last(basis.size(), std::vector<double>(1));
            last.back()[0] = 1;
            const std::vector<double> values = tridiagonal_eigen(diagonal, beside, last);
            const std::vector<std::size_t> order = largest_magnitudes(values, count);
            const double largest = std::abs(values[order[0]]);
            const bool converged = std::all_of(order.begin(), order.end(), [&](std::size_t i) { return left * std::abs(last[i][0]) <= 1e-10 * largest; });
            if (converged || space == size) return pairs_in(basis, diagonal, beside, count);
            next_check = std::min(size, next_check + std::max<std::int64_t>(20, next_check / 3));
        }
        const double reach = std::abs(*std::max_element(diagonal.begin(), diagonal.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
        if (left > 1e-13 * std::max(reach, 1e-300)) {
            beside.push_back(left);
            scale(image, 1 / left);
            basis.push_back(image);
        } else {  // the space is invariant: go on in a direction that it does not hold
            beside.push_back(0);
            basis.push_back(new_direction(size, basis));
        }
    }
}

}  // namespace lexicell
