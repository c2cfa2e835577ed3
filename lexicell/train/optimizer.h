#pragma once
// AdamW (Loshchilov & Hutter 2019) as one pass over all parameters, with the gradient norm as one pass before it.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/io/safetensors.h"
#include "lexicell/nn/torch.h"

namespace lexicell {

struct AdamWOptions {
    double beta1 = 0.9;         // memory of the gradient; larger smooths more
    double beta2 = 0.999;       // memory of its square
    double eps = 1e-8;          // added to the root of the second moment
    double weight_decay = 0;    // share of lr by which a weight shrinks each step
    int threads = 1;            // of our kernel; does not change the result
    bool own_kernel = true;     // false: LibTorch's fused operator, the only one off the CPU
};

// State: two moments of every parameter in one flat buffer each, and the number of steps. A parameter without a gradient
// is left alone.
class AdamW {
public:
    using Parameters = std::vector<std::pair<std::string, torch::Tensor>>;

    // Parameters are contiguous 32-bit floats; they keep their storage.
    AdamW(Parameters parameters, const AdamWOptions& options);

    // Square root of the sum over all gradients of their squares; not finite exactly when a gradient is not. Summed in
    // double in a fixed order.
    double gradient_norm() const;
    // One update; gradients count `gradient_scale` times (clipping).
    void step(double learning_rate, double gradient_scale = 1);

    std::uint64_t steps() const { return steps_; }
    // "m.<name>", "v.<name>" and "steps".
    SafetensorsFile state() const;
    void load(const SafetensorsFile& state);  // Error(model) when it does not fit the parameters

private:
    struct Block {  // a piece of one parameter, small enough to share the work evenly
        std::size_t parameter;
        std::int64_t begin, end;
    };
    int threads_for_work() const;
    void step_with_kernel(double learning_rate, double gradient_scale);
    void step_with_operator(double learning_rate, double gradient_scale);

    Parameters parameters_;
    AdamWOptions options_;
    std::vector<std::int64_t> offsets_;
    std::vector<Block> blocks_;
    torch::Tensor first_, second_;  // flat: all parameters one after the other
    std::uint64_t steps_ = 0;
};

}  // namespace lexicell
