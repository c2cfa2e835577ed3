#include "lexicell/train/adamw_kernel.h"

#include <cmath>

#include "lexicell/nn/cpu/cpu_clones.h"

namespace lexicell {

LEXICELL_CPU_CLONES
void adamw_update(const AdamWStep& step, std::int64_t size, const float* __restrict gradient, float* __restrict w,
                  float* __restrict m, float* __restrict v) {
    const AdamWStep s = step;
    for (std::int64_t i = 0; i < size; ++i) {
        const float g = gradient[i] * s.gradient_scale;
        const float first = m[i] + (1 - s.beta1) * (g - m[i]);
        const float second = s.beta2 * v[i] + (1 - s.beta2) * g * g;
        m[i] = first;
        v[i] = second;
        w[i] = w[i] * s.keep - s.step_size * first / (std::sqrt(second) * s.root_correction + s.eps);
    }
}

// Eight sums in double, so that the compiler may use vectors without reordering, and 1e30 squared does not overflow.
LEXICELL_CPU_CLONES
double sum_of_squares(std::int64_t size, const float* values) {
    double sums[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= size; i += 8)
        for (int k = 0; k < 8; ++k) {
            const double x = values[i + k];
            sums[k] += x * x;
        }
    for (; i < size; ++i) {
        const double x = values[i];
        sums[0] += x * x;
    }
    double sum = 0;
    for (const double part : sums) sum += part;
    return sum;
}

}  // namespace lexicell
