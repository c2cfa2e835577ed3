#include "lexicell/base/error.h"

#include <fmt/format.h>

namespace lexicell {

namespace {

std::string sentence(const ErrorDetail& d) {
    std::string text;
    if (!d.file.empty()) text += d.file;
    if (!d.key.empty()) text += text.empty() ? d.key : fmt::format(", {}", d.key);
    if (d.offset) text += fmt::format(" at byte {}", *d.offset);
    if (!text.empty()) text += ": ";
    text += d.message;
    if (!d.found.empty()) text += fmt::format("; found {}", d.found);
    if (!d.expected.empty()) text += fmt::format("; expected {}", d.expected);
    if (!d.hint.empty()) text += fmt::format(" ({})", d.hint);
    return text;
}

}  // namespace

Error::Error(ErrorKind kind, ErrorDetail detail)
    : kind_(kind), detail_(std::move(detail)), text_(sentence(detail_)) {}

void assertion_failed(const char* condition, const char* file, int line, std::string_view message) {
    throw Error(ErrorKind::internal,
                {.type = "assertion",
                 .message = fmt::format("internal error: {} ({}:{}: {})", message, file, line, condition),
                 .hint = "please report this with the command that led here"});
}

}  // namespace lexicell
