#pragma once
// safetensors, with every rule of formats.md 8.5.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "lexicell/io/host_tensor.h"

namespace lexicell {

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
SafetensorsFile parse_safetensors(std::string_view bytes, const SafetensorsOptions& options = {});  // a whole file in memory
void write_safetensors(const SafetensorsFile& file, const std::filesystem::path& path);  // atomic

}  // namespace lexicell
