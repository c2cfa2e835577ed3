#include "lexicell/models/baseline/tensor_reader.h"

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"

namespace lexicell {

HostTensor to_host(const DenseMatrix& matrix) { return HostTensor::of(std::span<const float>(matrix.values), {matrix.rows, matrix.cols}); }

HostTensor to_host(std::span<const double> values) { return HostTensor::of(values, {static_cast<std::int64_t>(values.size())}); }

DenseMatrix TensorReader::matrix(const std::string& name, std::optional<std::int64_t> rows, std::optional<std::int64_t> cols) const {
    const HostTensor& tensor = find(name, "F32", 2);
    if ((rows && tensor.shape[0] != *rows) || (cols && tensor.shape[1] != *cols)) misfit(name, fmt::format("[{}]", fmt::join(tensor.shape, ", ")));
    DenseMatrix out(tensor.shape[0], tensor.shape[1]);
    out.values = tensor.to_float();
    return out;
}

std::vector<double> TensorReader::vector(const std::string& name, std::int64_t size) const {
    const HostTensor& tensor = find(name, "F64", 1);
    if (tensor.shape[0] != size) misfit(name, fmt::format("[{}]", tensor.shape[0]));
    return tensor.to_double();
}

std::vector<std::int32_t> TensorReader::codes(const std::string& name, std::optional<std::int64_t> size, std::int64_t bound) const {
    const std::vector<double> values = vector(name, size.value_or(find(name, "F64", 1).shape[0]));
    for (const double value : values)
        if (!(value >= 0 && value < static_cast<double>(bound) && value == std::floor(value))) misfit(name, fmt::format("{}", value));
    return {values.begin(), values.end()};
}

void TensorReader::misfit(const std::string& name, std::string found) {
    throw Error(ErrorKind::model, {.type = "classifier-tensor", .message = "a tensor of the model is absent or does not fit its genes and classes", .key = name,
                                   .found = std::move(found), .hint = "train the model again, or copy the whole folder anew"});
}

const HostTensor& TensorReader::find(const std::string& name, std::string_view type, std::size_t dimensions) const {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) misfit(name, "nothing");
    if (found->second.dtype != type || found->second.shape.size() != dimensions) misfit(name, found->second.dtype);
    return found->second;
}

}  // namespace lexicell
