#include "lexicell/train/precision.h"

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell {

Precision parse_precision(const std::string& name) {
    if (name == "fp32") return Precision::fp32;
    if (name == "bf16") return Precision::bf16;
    throw Error(ErrorKind::usage, {.type = "unknown-precision", .message = "no such precision", .key = "--precision",
                                   .found = name, .expected = "fp32 or bf16"});
}

const char* to_string(Precision precision) { return precision == Precision::bf16 ? "bf16" : "fp32"; }

}  // namespace lexicell
