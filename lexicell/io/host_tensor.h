#pragma once
// A dense array of any numeric type as raw bytes: what safetensors and npy files hold. Little-endian, row-major.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lexicell {

struct HostTensor {
    std::string dtype;  // "F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "U16", "U32", "U64", "BOOL"
    std::vector<std::int64_t> shape;
    std::vector<std::byte> bytes;

    std::int64_t elements() const;
    std::vector<float> to_float() const;      // any numeric dtype, converted
    std::vector<double> to_double() const;
    std::vector<std::int64_t> to_int64() const;  // integer dtypes and BOOL only
    static HostTensor of(std::span<const float> values, std::vector<std::int64_t> shape);
    static HostTensor of(std::span<const double> values, std::vector<std::int64_t> shape);
    static HostTensor of(std::span<const std::int64_t> values, std::vector<std::int64_t> shape);
    static HostTensor of(std::span<const std::uint8_t> values, std::vector<std::int64_t> shape);
};

// Bytes of one element; 0 for a dtype that is not in the list above.
std::size_t dtype_size(std::string_view dtype);
bool is_real_dtype(std::string_view dtype);  // F64, F32, F16, BF16

// Elements of `shape`, or nothing when a size is negative or the product does not fit 63 bits.
std::optional<std::int64_t> checked_elements(std::span<const std::int64_t> shape);

// Position of the first NaN or infinity of a real tensor; nothing when all are finite or the dtype is integer.
std::optional<std::int64_t> first_nonfinite(const HostTensor& tensor);

}  // namespace lexicell
