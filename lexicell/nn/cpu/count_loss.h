#pragma once
// Negative binomial, plain or zero-inflated, with rates library * softmax(logits): value and gradients in one pass over the
// logits (performance.md 5.2 to 5.5). Gamma terms are needed at non-zero counts only and come from tables there.

#include <cstdint>

namespace lexicell {

struct CountLossInput {
    std::int64_t cells = 0, genes = 0;     // B, G
    const float* logits = nullptr;         // B x G
    const float* x = nullptr;              // B x G, >= 0
    const float* library = nullptr;        // B, > 0
    const float* log_theta = nullptr;      // G; theta is clamped to [1e-3, 1e4]
    const float* zero_logit = nullptr;     // G or B x G; null = no zero inflation
    std::int64_t zero_stride = 0;          // 0: one zero logit a gene; G: one an element
};

// Gradients of the mean over cells of -ln p; null = not wanted. All three are overwritten.
struct CountLossGradient {
    float* logits = nullptr;      // B x G
    float* log_theta = nullptr;   // G; 0 where theta is clamped
    float* zero_logit = nullptr;  // G or B x G, as the input
};

// Mean over cells of -ln p summed over genes. The same bits for any number of threads.
double count_loss(const CountLossInput& input, const CountLossGradient& gradient);

}  // namespace lexicell
