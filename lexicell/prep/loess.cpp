#include "lexicell/prep/loess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell {

namespace {

struct Vertex {
    double at = 0, value = 0, slope = 0;
};

// The points in ascending x.
struct Points {
    std::vector<double> x, y;
};

// Halves [first, last), the points between two borders, until a cell has at most `largest` points. A cut lies on the last
// point of the lower half; a cell whose cut would be one of its borders (equal points) stays whole.
void cut(const std::vector<double>& x, std::size_t first, std::size_t last, double low, double high, std::size_t largest,
         std::vector<double>& cuts) {
    if (last - first <= largest) return;
    const std::size_t middle = first + (last - first - 1) / 2;
    const double at = x[middle];
    if (at == low || at == high) return;
    cuts.push_back(at);
    cut(x, first, middle + 1, low, at, largest, cuts);
    cut(x, middle + 1, last, at, high, largest, cuts);
}

// Weighted parabola through the `neighbours` nearest points of v.at, by polynomials made orthogonal under the weights: a
// power that the neighbourhood cannot tell from the lower ones is dropped.
void fit(const Points& p, std::size_t neighbours, Vertex& v) {
    const std::size_t n = p.x.size();
    std::size_t first = 0, last = neighbours;
    while (last < n && p.x[last] - v.at < v.at - p.x[first]) ++first, ++last;
    const double reach = std::max(v.at - p.x[first], p.x[last - 1] - v.at);
    // Points at exactly this distance have weight 0, all nearer ones are inside.
    const double h = reach > 0 ? reach : 1;

    double norm0 = 0, mean_t = 0, mean_y = 0;
    std::vector<double> weight(last - first);
    for (std::size_t i = first; i < last; ++i) {
        const double t = (p.x[i] - v.at) / h, a = std::abs(t);
        const double w = a < 0.001 ? 1 : a > 0.999 ? 0 : std::pow(1 - a * a * a, 3);
        weight[i - first] = w;
        norm0 += w;
        mean_t += w * t;
        mean_y += w * p.y[i];
    }
    if (norm0 <= 0) {  // only points on the rim: all alike
        for (std::size_t i = first; i < last; ++i) v.value += p.y[i] / static_cast<double>(last - first);
        return;
    }
    mean_t /= norm0;
    mean_y /= norm0;

    double norm1 = 0, dot1 = 0, cross = 0;  // p1 = t - mean_t
    for (std::size_t i = first; i < last; ++i) {
        const double w = weight[i - first], p1 = (p.x[i] - v.at) / h - mean_t;
        norm1 += w * p1 * p1;
        dot1 += w * p1 * (p.y[i] - mean_y);
        cross += w * p1 * p1 * p1;
    }
    const double kNoise = 1e-10 * norm0;
    if (norm1 <= kNoise) {
        v.value = mean_y;
        return;
    }
    const double b1 = dot1 / norm1, alpha = cross / norm1, beta = norm1 / norm0;
    double norm2 = 0, dot2 = 0;  // p2 = p1^2 - alpha p1 - beta
    for (std::size_t i = first; i < last; ++i) {
        const double w = weight[i - first], p1 = (p.x[i] - v.at) / h - mean_t, p2 = p1 * p1 - alpha * p1 - beta;
        norm2 += w * p2 * p2;
        dot2 += w * p2 * (p.y[i] - mean_y);
    }
    const double b2 = norm2 > kNoise ? dot2 / norm2 : 0;
    const double p1 = -mean_t;
    v.value = mean_y + b1 * p1 + b2 * (p1 * p1 - alpha * p1 - beta);
    v.slope = (b1 + b2 * (2 * p1 - alpha)) / h;
}

double join(const Vertex& a, const Vertex& b, double x) {
    const double width = b.at - a.at, t = (x - a.at) / width, s = 1 - t;
    return s * s * (1 + 2 * t) * a.value + t * t * (1 + 2 * s) * b.value + width * s * t * (s * a.slope - t * b.slope);
}

}  // namespace

std::vector<double> loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options) {
    LEXICELL_ASSERT(x.size() == y.size(), "one y an x");
    const std::size_t n = x.size();
    if (n == 0) return {};
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return std::pair(x[a], y[a]) < std::pair(x[b], y[b]); });
    Points points;
    for (const std::size_t i : order) {
        points.x.push_back(x[i]);
        points.y.push_back(y[i]);
    }
    const double low = points.x.front(), high = points.x.back();
    const double margin = 0.005 * std::max(high - low, 1e-3 * std::max(std::abs(low), std::abs(high)) + 1e-30);
    std::vector<double> borders = {low - margin, high + margin};
    const auto size = static_cast<double>(n);
    cut(points.x, 0, n, borders[0], borders[1], std::max<std::size_t>(1, static_cast<std::size_t>(size * options.span * options.cell)), borders);
    std::ranges::sort(borders);

    std::vector<Vertex> vertices;
    for (const double at : borders) vertices.push_back({.at = at});
    const std::size_t neighbours = std::clamp<std::size_t>(static_cast<std::size_t>(size * options.span + 1e-5), std::min<std::size_t>(n, 3), n);
    parallel_for(static_cast<std::int64_t>(vertices.size()), 1, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) fit(points, neighbours, vertices[k]);
    });

    std::vector<double> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto right = std::upper_bound(borders.begin() + 1, borders.end() - 1, x[i]) - borders.begin();
        out[i] = join(vertices[right - 1], vertices[right], x[i]);
    }
    return out;
}

}  // namespace lexicell
