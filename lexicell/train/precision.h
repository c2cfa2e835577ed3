#pragma once
#include <string>

namespace lexicell {

// fp32: everything in 32 bits. bf16: matrix products in bfloat16; weights, optimiser, statistics and losses stay in 32
// bits (performance.md 5.5). Faster only where the processor has bfloat16 units (AMX, AVX512-BF16, GPUs).
enum class Precision { fp32, bf16 };

Precision parse_precision(const std::string& name);  // "fp32", "bf16"; Error(usage, "unknown-precision")
const char* to_string(Precision precision);

}  // namespace lexicell
