#include "lexicell/report/table.h"

#include <fmt/format.h>

#include <cmath>

namespace lexicell {

std::string format_count(std::int64_t value) {
    const std::string digits = fmt::format("{}", value);
    const std::size_t first = digits[0] == '-' ? 1 : 0;
    std::string result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > first && (digits.size() - i) % 3 == 0) result += ',';
        result += digits[i];
    }
    return result;
}

std::string format_number(double value, int digits) {
    if (!std::isfinite(value)) return "";
    const double size = std::abs(value);
    if (size >= std::pow(10.0, digits) - 0.5 && size < 1e7) return format_count(std::llround(value));
    return fmt::format("{:.{}g}", value, digits);
}

std::string format_percent(double share, int decimals) {
    return std::isfinite(share) ? fmt::format("{:.{}f} %", 100 * share, decimals) : "";
}

}  // namespace lexicell
