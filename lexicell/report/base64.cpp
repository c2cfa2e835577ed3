#include "lexicell/report/base64.h"

#include <cstdint>

namespace lexicell {

std::string base64(std::string_view bytes) {
    static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto byte = [&](std::size_t k) -> std::uint32_t {
            return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0u;
        };
        const std::uint32_t word = byte(0) << 16 | byte(1) << 8 | byte(2);
        result += alphabet[word >> 18];
        result += alphabet[word >> 12 & 63];
        result += left > 1 ? alphabet[word >> 6 & 63] : '=';
        result += left > 2 ? alphabet[word & 63] : '=';
    }
    return result;
}

}  // namespace lexicell
