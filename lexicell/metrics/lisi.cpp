#include "lexicell/metrics/lisi.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell {
namespace {

// Entropy of p ~ exp(-beta d); p is filled.
double entropy_at(double beta, std::span<const double> distances, std::vector<double>& p) {
    double total = 0, mean = 0;
    for (std::size_t j = 0; j < distances.size(); ++j) {
        p[j] = std::exp(-beta * distances[j]);
        total += p[j];
        mean += p[j] * distances[j];
    }
    if (total == 0) {
        std::fill(p.begin(), p.end(), 0.0);
        return 0;
    }
    for (double& share : p) share /= total;
    return std::log(total) + beta * mean / total;
}

std::size_t distinct(std::span<const std::int32_t> codes) {
    std::set<std::int32_t> present;
    for (const std::int32_t code : codes)
        if (code >= 0) present.insert(code);
    return present.size();
}

}  // namespace

double inverse_simpson(std::span<const double> distances, std::span<const std::int32_t> codes, double perplexity) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (distances.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::vector<double> p(distances.size());
    double beta = 1, low = -infinity, high = infinity;
    double entropy = entropy_at(beta, distances, p);
    const double target = std::log(perplexity);
    for (int step = 0; step < 50 && std::abs(entropy - target) >= 1e-5; ++step) {
        if (entropy > target) {
            low = beta;
            beta = std::isinf(high) ? beta * 2 : (beta + high) / 2;
        } else {
            high = beta;
            beta = std::isinf(low) ? beta / 2 : (beta + low) / 2;
        }
        entropy = entropy_at(beta, distances, p);
    }
    if (entropy == 0) return -1;
    std::map<std::int32_t, double> share;
    double simpson = 0;
    for (std::size_t j = 0; j < p.size(); ++j) {
        if (codes[j] < 0) simpson += p[j] * p[j];
        else share[codes[j]] += p[j];
    }
    for (const auto& [code, sum] : share) simpson += sum * sum;
    return 1 / simpson;
}

std::vector<double> lisi(const KnnGraph& graph, std::span<const std::int32_t> codes, const LisiOptions& options) {
    LEXICELL_ASSERT(graph.points == static_cast<std::int64_t>(codes.size()), "one code a cell");
    std::vector<double> values(codes.size());
    parallel_for(graph.points, 256, options.threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::int32_t> around(static_cast<std::size_t>(graph.k));
        for (std::int64_t i = begin; i < end; ++i) {
            for (int n = 0; n < graph.k; ++n) around[n] = codes[graph.neighbours(i)[n]];
            const std::vector<double> distances(graph.distances_of(i).begin(), graph.distances_of(i).end());
            values[i] = inverse_simpson(distances, around, options.perplexity);
        }
    });
    return values;
}

Score median_of(std::span<const double> values) {
    std::vector<double> present;
    for (const double value : values)
        if (!std::isnan(value)) present.push_back(value);
    if (present.empty()) return Score::not_available("no cell has a value");
    std::sort(present.begin(), present.end());
    const std::size_t middle = present.size() / 2;
    return present.size() % 2 ? present[middle] : (present[middle - 1] + present[middle]) / 2;
}

Score clisi_score(std::span<const double> values, std::span<const std::int32_t> labels) {
    const auto classes = static_cast<double>(distinct(labels));
    if (classes < 2) return Score::not_available("fewer than two labels");
    Score score = median_of(values);
    score.value = (classes - score.value) / (classes - 1);
    return score;
}

Score ilisi_score(std::span<const double> values, std::span<const std::int32_t> batches) {
    const auto classes = static_cast<double>(distinct(batches));
    if (classes < 2) return Score::not_available("fewer than two batches");
    Score score = median_of(values);
    score.value = (score.value - 1) / (classes - 1);
    return score;
}

}  // namespace lexicell
