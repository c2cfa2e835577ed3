#pragma once
// The inner loops of AdamW over plain memory.

#include <cstdint>

namespace lexicell {

struct AdamWStep {
    float gradient_scale;
    float beta1, beta2;
    float keep;             // 1 - learning rate * weight decay
    float step_size;        // learning rate / (1 - beta1^t)
    float root_correction;  // 1 / sqrt(1 - beta2^t)
    float eps;
};

// w, m, v <- one AdamW step of `size` weights.
void adamw_update(const AdamWStep& step, std::int64_t size, const float* gradient, float* w, float* m, float* v);

double sum_of_squares(std::int64_t size, const float* values);

}  // namespace lexicell
