#include "lexicell/train/precision_guard.h"

#include <ATen/autocast_mode.h>

namespace lexicell {

PrecisionGuard::PrecisionGuard(Precision precision, torch::DeviceType device)
    : device_(device), before_(at::autocast::is_autocast_enabled(device)), type_before_(at::autocast::get_autocast_dtype(device)) {
    at::autocast::increment_nesting();
    at::autocast::set_autocast_enabled(device, precision == Precision::bf16);
    if (precision == Precision::bf16) at::autocast::set_autocast_dtype(device, torch::kBFloat16);
}

PrecisionGuard::~PrecisionGuard() {
    // Cached bfloat16 copies of the weights are stale once the optimiser has moved.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, before_);
    at::autocast::set_autocast_dtype(device_, type_before_);
}

}  // namespace lexicell
