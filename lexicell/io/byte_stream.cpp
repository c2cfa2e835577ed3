#include "lexicell/io/byte_stream.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lexicell {

namespace {

constexpr std::size_t buffer_bytes = 1 << 20;

void write_all(int descriptor, const std::byte* data, std::size_t size) {
    while (size > 0) {
        const ssize_t wrote = ::write(descriptor, data, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0)
            throw Error(ErrorKind::memory, {.type = "guard-handover", .message = std::string("cannot hand over the data: ") + std::strerror(errno),
                                            .hint = "use a machine with more memory"});
        data += wrote;
        size -= static_cast<std::size_t>(wrote);
    }
}

}  // namespace

void ByteWriter::bytes(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(data);
    if (buffer_.size() + size > buffer_bytes) flush();
    if (size > buffer_bytes) write_all(descriptor_, begin, size);
    else buffer_.insert(buffer_.end(), begin, begin + size);
}

void ByteWriter::flush() {
    write_all(descriptor_, buffer_.data(), buffer_.size());
    buffer_.clear();
}

void ByteReader::damaged() {
    throw Error(ErrorKind::unreadable, {.type = "guard-handover", .message = "the process that read the file handed over damaged data",
                                        .hint = "the file may be damaged; fetch or write it again"});
}

}  // namespace lexicell
