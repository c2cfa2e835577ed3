#include "lexicell/metrics/mutual_information.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/metrics/contingency.h"

namespace lexicell {
namespace {

double entropy(const std::vector<std::int64_t>& sizes, std::int64_t total) {
    double sum = 0;
    for (const std::int64_t size : sizes) {
        const double p = static_cast<double>(size) / static_cast<double>(total);
        sum -= p * std::log(p);
    }
    return std::max(sum, 0.0);
}

double information(const Contingency& table) {
    const auto total = static_cast<double>(table.total);
    double sum = 0;
    for (const Contingency::Cell& cell : table.cells) {
        const auto count = static_cast<double>(cell.count);
        sum += count / total * std::log(count * total / static_cast<double>(table.rows[cell.row]) / static_cast<double>(table.cols[cell.col]));
    }
    return std::max(sum, 0.0);
}

bool trivial(const Contingency& table) { return table.rows.size() == table.cols.size() && table.rows.size() <= 1; }

double average_of(double a, double b, EntropyAverage average) {
    switch (average) {
        case EntropyAverage::arithmetic: return (a + b) / 2;
        case EntropyAverage::geometric: return std::sqrt(a * b);
        case EntropyAverage::minimum: return std::min(a, b);
        case EntropyAverage::maximum: return std::max(a, b);
    }
    return 0;
}

// E[I] under the hypergeometric model of overlaps.
double expected_information(const Contingency& table) {
    const auto log_factorial = [](std::int64_t n) { return std::lgamma(static_cast<double>(n) + 1); };
    const std::int64_t n = table.total;
    double sum = 0;
    for (const std::int64_t a : table.rows)
        for (const std::int64_t b : table.cols) {
            const double fixed = log_factorial(a) + log_factorial(b) + log_factorial(n - a) + log_factorial(n - b) - log_factorial(n);
            for (std::int64_t k = std::max<std::int64_t>(1, a + b - n); k <= std::min(a, b); ++k) {
                const double log_probability =
                    fixed - log_factorial(k) - log_factorial(a - k) - log_factorial(b - k) - log_factorial(n - a - b + k);
                sum += static_cast<double>(k) / static_cast<double>(n) *
                       std::log(static_cast<double>(n) * static_cast<double>(k) / static_cast<double>(a) / static_cast<double>(b)) *
                       std::exp(log_probability);
            }
        }
    return sum;
}

}  // namespace

double mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    return information(contingency(first, second));
}

double normalized_mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second, EntropyAverage average) {
    const Contingency table = contingency(first, second);
    if (trivial(table)) return 1;
    const double shared = information(table);
    if (shared <= std::numeric_limits<double>::epsilon()) return 0;
    return shared / average_of(entropy(table.rows, table.total), entropy(table.cols, table.total), average);
}

double adjusted_mutual_information(std::span<const std::int32_t> first, std::span<const std::int32_t> second) {
    const Contingency table = contingency(first, second);
    if (trivial(table)) return 1;
    const double expected = expected_information(table);
    const double mean = average_of(entropy(table.rows, table.total), entropy(table.cols, table.total), EntropyAverage::arithmetic);
    constexpr double smallest = std::numeric_limits<double>::epsilon();  // the sign of the denominator is kept
    const double denominator = mean - expected < 0 ? std::min(mean - expected, -smallest) : std::max(mean - expected, smallest);
    return (information(table) - expected) / denominator;
}

double homogeneity(std::span<const std::int32_t> labels, std::span<const std::int32_t> clusters) {
    const Contingency table = contingency(labels, clusters);
    const double labels_entropy = table.total > 0 ? entropy(table.rows, table.total) : 0;
    return labels_entropy > 0 ? information(table) / labels_entropy : 1;
}

double completeness(std::span<const std::int32_t> labels, std::span<const std::int32_t> clusters) {
    return homogeneity(clusters, labels);
}

}  // namespace lexicell
