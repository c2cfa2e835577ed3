#pragma once
#include <cstddef>

namespace lexicell {

// Euclidean, squared, in double; two rows of equal length, of float or double.
double square_distance(const auto& a, const auto& b) {
    double sum = 0;
    for (std::size_t d = 0; d < a.size(); ++d) {
        const double difference = static_cast<double>(a[d]) - b[d];
        sum += difference * difference;
    }
    return sum;
}

}  // namespace lexicell
