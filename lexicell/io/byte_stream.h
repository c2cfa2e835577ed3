#pragma once
// Values as bytes between the two processes of a guard: same machine, same build, so no byte order and no versions.
// The reader trusts nothing: every length is checked against what is left.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {

// Appends to a file descriptor, buffered; flush() before the descriptor is read.
class ByteWriter {
public:
    static constexpr bool reading = false;
    explicit ByteWriter(int descriptor) : descriptor_(descriptor) {}
    void bytes(const void* data, std::size_t size);
    void flush();

private:
    int descriptor_;
    std::vector<std::byte> buffer_;
};

class ByteReader {
public:
    static constexpr bool reading = true;
    explicit ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}
    void bytes(void* data, std::size_t size) {
        need(size);
        if (size) std::memcpy(data, left_.data(), size);
        left_ = left_.subspan(size);
    }
    void need(std::size_t size) const {
        if (size > left_.size()) damaged();
    }
    std::size_t left() const { return left_.size(); }
    [[noreturn]] static void damaged();

private:
    std::span<const std::byte> left_;
};

}  // namespace lexicell
