#include "fuzz/parsers/refusal_is_fine.h"
#include "lexicell/io/matrix_market.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return refusal_is_fine(data, size, [](std::string_view bytes) {
        lexicell::read_matrix_market_transposed(lexicell::TextSource(std::string(bytes), "memory"));
    });
}
