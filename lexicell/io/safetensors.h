#pragma once
// safetensors, with every rule of formats.md 8.5. Little-endian, row-major.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
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

struct SafetensorsFile {
    std::map<std::string, HostTensor> tensors;
    std::map<std::string, std::string> metadata;
};

// Error(model) on any violation; as_data reports Error(unreadable) instead. Non-finite floats are refused unless allowed.
struct SafetensorsOptions {
    bool as_data = false;
    bool allow_nonfinite = false;
};
SafetensorsFile read_safetensors(const std::filesystem::path& path, const SafetensorsOptions& options = {});
void write_safetensors(const SafetensorsFile& file, const std::filesystem::path& path);  // atomic

}  // namespace lexicell
