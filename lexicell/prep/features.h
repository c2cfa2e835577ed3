#pragma once
// What a featurizer hands to a model: named arrays in host memory.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace lexicell {

struct HostArray {
    std::vector<std::int64_t> shape;
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>> values;  // row-major

    const std::vector<float>& floats() const { return std::get<std::vector<float>>(values); }
    const std::vector<double>& doubles() const { return std::get<std::vector<double>>(values); }
    const std::vector<std::int64_t>& integers() const { return std::get<std::vector<std::int64_t>>(values); }
};

// "cells" (B, int64: rows of the source), what the featurizer makes, "covariates" (B x C) when it has any.
using Features = std::map<std::string, HostArray>;

}  // namespace lexicell
