#include "fuzz/parsers/refusal_is_fine.h"
#include "lexicell/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return refusal_is_fine(data, size, [](std::string_view bytes) {
        const auto array = lexicell::parse_npy(bytes, "memory");
        if (const auto* tensor = std::get_if<lexicell::HostTensor>(&array)) tensor->to_float();
    });
}
