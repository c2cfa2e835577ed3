#pragma once
// Two kinds of failure (design.md, convention 4): LEXICELL_ASSERT for a bug of ours, Error for the user's input.

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace lexicell {

// What went wrong, as the user sees it; the values are the frozen exit codes (users.md 4.4).
enum class ErrorKind : int {
    internal = 1,
    usage = 2,
    unreadable = 3,     // input unreadable or corrupt
    precondition = 4,   // input valid, but not what the command needs
    model = 5,          // model or checkpoint invalid or incompatible
    memory = 6,
    device = 7,
    write = 8,
    diverged = 9,
    limit = 10,         // stopped cleanly by an own limit, resumable
    interrupted = 130,
    terminated = 143,
};

// The parts of a message: one sentence that names file, key, found, expected, and the way out (users.md 4.3).
struct ErrorDetail {
    std::string type;      // stable identifier of the refusal, e.g. "sparse-index-out-of-range"
    std::string message;   // what is wrong, without the fields below
    std::string file;
    std::string key;       // full key path, e.g. "/obs/cell_type/codes"
    std::optional<std::uint64_t> offset;  // bytes from the start of the file
    std::string found;
    std::string expected;
    std::string hint;      // what to do
};

class Error : public std::exception {
public:
    Error(ErrorKind kind, ErrorDetail detail);
    ErrorKind kind() const { return kind_; }
    const ErrorDetail& detail() const { return detail_; }
    int exit_code() const { return static_cast<int>(kind_); }
    const char* what() const noexcept override { return text_.c_str(); }  // the whole sentence

private:
    ErrorKind kind_;
    ErrorDetail detail_;
    std::string text_;
};

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line, std::string_view message);

}  // namespace lexicell

// For our own bugs only; never for input.
#define LEXICELL_ASSERT(condition, message)                                              \
    do {                                                                                 \
        if (!(condition)) ::lexicell::assertion_failed(#condition, __FILE__, __LINE__, message); \
    } while (false)
