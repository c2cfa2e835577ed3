#include "lexicell/report/html.h"

#include <nlohmann/json.hpp>

namespace lexicell {

namespace {

// Bytes of the well-formed UTF-8 sequence at `text[0]`, or 0 (Unicode 15, table 3-7: no overlong forms, no surrogates).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool second = follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
        return second && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool second = follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
        return second && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

std::string replace_specials(std::string_view text, bool quotes) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (c == '&') result += "&amp;";
        else if (c == '<') result += "&lt;";
        else if (c == '>') result += "&gt;";
        else if (quotes && c == '"') result += "&quot;";
        else if (quotes && c == '\'') result += "&#39;";
        else result += c;
    }
    return result;
}

}  // namespace

std::string clean_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const auto lead = static_cast<unsigned char>(text[0]);
        if (length == 0) result += "\xEF\xBF\xBD";
        else if (length == 1 && (lead < 0x20 || lead == 0x7F) && lead != '\n' && lead != '\t') result += ' ';
        else result += text.substr(0, length);
        text.remove_prefix(length ? length : 1);
    }
    return result;
}

std::string escape_html(std::string_view text) { return replace_specials(clean_utf8(text), true); }

std::string escape_prose(std::string_view text) {
    std::string result;
    for (;;) {
        const std::size_t open = text.find('`'), close = open == text.npos ? open : text.find('`', open + 1);
        if (close == text.npos) return result + escape_html(text);
        result += escape_html(text.substr(0, open)) + "<code>" + escape_html(text.substr(open + 1, close - open - 1)) + "</code>";
        text.remove_prefix(close + 1);
    }
}

std::string script_json(const nlohmann::json& value) {
    const std::string json = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string result;
    result.reserve(json.size());
    for (const char c : json) {
        if (c == '<') result += "\\u003c";
        else if (c == '>') result += "\\u003e";
        else if (c == '&') result += "\\u0026";
        else result += c;
    }
    return result;
}

std::string capitalized(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

std::string plot_text(std::string_view text) { return replace_specials(clean_utf8(text), false); }

}  // namespace lexicell
