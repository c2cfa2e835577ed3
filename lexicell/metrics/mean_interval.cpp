#include "lexicell/metrics/mean_interval.h"

#include <cmath>
#include <numeric>

#include "lexicell/metrics/distributions.h"

namespace lexicell {

namespace {

// The t that is exceeded with probability `tail`, by bisection; tail < 1/2.
double student_t_upper_quantile(double tail, double degrees) {
    double low = 0, high = 1;
    while (student_t_upper_tail(high, degrees) > tail) high *= 2;
    for (int step = 0; step < 100; ++step) {
        const double middle = 0.5 * (low + high);
        (student_t_upper_tail(middle, degrees) > tail ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

}  // namespace

MeanInterval mean_interval(std::span<const double> values) {
    MeanInterval out{.values = static_cast<int>(values.size())};
    const auto n = static_cast<double>(values.size());
    if (values.empty()) {
        out.mean = out.half_width = Score::not_available("no value");
        return out;
    }
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    out.mean = mean;
    if (values.size() < 2) {
        out.half_width = Score::not_available("one value");
        return out;
    }
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    out.half_width = student_t_upper_quantile(0.025, n - 1) * std::sqrt(squares / (n - 1) / n);
    return out;
}

}  // namespace lexicell
