#pragma once
#include "lexicell/nn/torch.h"
#include "lexicell/train/precision.h"

namespace lexicell {

// While it lives, LibTorch operators of this thread run in `precision` on `device` (autocast): linear and matmul cast
// their inputs, so weights and their gradients stay 32-bit. A loss must convert its inputs with to(torch::kFloat).
class PrecisionGuard {
public:
    PrecisionGuard(Precision precision, torch::DeviceType device);
    ~PrecisionGuard();
    PrecisionGuard(const PrecisionGuard&) = delete;
    PrecisionGuard& operator=(const PrecisionGuard&) = delete;

private:
    torch::DeviceType device_;
    bool before_;
    torch::ScalarType type_before_;
};

}  // namespace lexicell
