#include "fuzz/parsers/refusal_is_fine.h"
#include "lexicell/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return refusal_is_fine(data, size, [](std::string_view bytes) {
        const auto file = lexicell::parse_safetensors(bytes, {.as_data = true});
        for (const auto& [name, tensor] : file.tensors) tensor.to_float();
    });
}
