#include "lexicell/text/quantized_rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell {

void put_quantized(std::map<std::string, HostTensor>& tensors, const std::string& name, const DenseMatrix& rows) {
    HostTensor codes{.dtype = "I8", .shape = {rows.rows, rows.cols}};
    codes.bytes.reserve(rows.values.size());
    std::vector<float> scales;
    for (std::int64_t r = 0; r < rows.rows; ++r) {
        float largest = 0;
        for (const float value : rows.row(r)) largest = std::max(largest, std::abs(value));
        scales.push_back(largest / 127);
        for (const float value : rows.row(r))
            codes.bytes.push_back(static_cast<std::byte>(static_cast<std::int8_t>(largest > 0 ? std::lround(value / scales.back()) : 0)));
    }
    tensors[name] = std::move(codes);
    tensors[name + "_scale"] = HostTensor::of(std::span<const float>(scales), {rows.rows});
}

DenseMatrix get_rows(const std::map<std::string, HostTensor>& tensors, const std::string& name, const std::string& file) {
    const auto refuse = [&](std::string message) {
        throw Error(ErrorKind::unreadable, {.type = "table-damaged", .message = std::move(message), .file = file, .key = name});
    };
    const auto found = tensors.find(name);
    if (found == tensors.end()) refuse("the tensor is missing");
    if (found->second.shape.size() != 2) refuse(fmt::format("the tensor has {} dimensions, expected 2", found->second.shape.size()));
    DenseMatrix rows;
    rows.rows = found->second.shape[0];
    rows.cols = found->second.shape[1];
    rows.values = found->second.to_float();
    const auto scale = tensors.find(name + "_scale");
    if (scale == tensors.end()) return rows;
    const std::vector<float> scales = scale->second.to_float();
    if (static_cast<std::int64_t>(scales.size()) != rows.rows) refuse("one scale a row expected");
    for (std::int64_t r = 0; r < rows.rows; ++r)
        for (float& value : rows.row(r)) value *= scales[r];
    return rows;
}

}  // namespace lexicell
