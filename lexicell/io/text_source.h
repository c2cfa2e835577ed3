#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "lexicell/base/error.h"

namespace lexicell {

// The lines of a text file that is plain, gzip or zstd (seen by its first bytes), unpacked as they are read. A byte order
// mark is dropped; bytes that are not UTF-8, NUL bytes, UTF-16 and lines above 1 GiB are Error(unreadable), and so is a
// packed file that ends early.
class TextSource {
public:
    explicit TextSource(const std::filesystem::path& path);
    // The same from memory; `name` is what messages call it.
    TextSource(std::string bytes, std::string name);
    TextSource(TextSource&&) noexcept;
    ~TextSource();

    // The next line without its end ("\n" or "\r\n"), valid until the next call; false when there is none. The last line
    // may lack its end.
    bool next_line(std::string_view& line);
    std::uint64_t line_number() const;  // of the line last returned, from 1
    const std::string& name() const;

    // Error(unreadable) that names the file and the current line.
    [[noreturn]] void refuse(std::string type, std::string message, std::string found = {}, std::string expected = {},
                             std::string hint = {}) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lexicell
