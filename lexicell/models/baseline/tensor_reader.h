#pragma once
// Tensors of a baseline's model folder, checked against the shapes that its genes and classes demand.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/io/safetensors.h"

namespace lexicell {

HostTensor to_host(const DenseMatrix& matrix);
HostTensor to_host(std::span<const double> values);

// Error(model) names the tensor that is absent or does not fit.
class TensorReader {
public:
    explicit TensorReader(const SafetensorsFile& file) : file_(file) {}

    DenseMatrix matrix(const std::string& name, std::optional<std::int64_t> rows, std::optional<std::int64_t> cols) const;
    std::vector<double> vector(const std::string& name, std::int64_t size) const;
    std::vector<std::int32_t> codes(const std::string& name, std::optional<std::int64_t> size, std::int64_t bound) const;  // whole numbers in [0, bound), kept as F64
    bool has(const std::string& name) const { return file_.tensors.contains(name); }

    [[noreturn]] static void misfit(const std::string& name, std::string found);

private:
    const HostTensor& find(const std::string& name, std::string_view type, std::size_t dimensions) const;
    const SafetensorsFile& file_;
};

}  // namespace lexicell
