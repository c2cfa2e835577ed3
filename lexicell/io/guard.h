#pragma once
// The guarded parse (formats.md 1.5). Stock HDF5 crashes or hangs on 1 to 11 % of damaged h5ad files, so its work is
// done in a child process with limits on memory and time and without network, new processes or (when only reading)
// writing to files. A crash of the child becomes an ordinary refusal of the parent, which makes no HDF5 call at all.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lexicell/base/sink.h"
#include "lexicell/io/byte_stream.h"

namespace lexicell {

struct GuardOptions {
    std::string file;              // named in refusals
    double wall_seconds = 60;      // then the child is killed: Error(unreadable)
    std::optional<std::int64_t> memory_bytes;  // address space the child may add; absent: what the machine has available
    bool may_write = false;        // the child may create and change files
};

// The child's result, mapped read-only.
class GuardedBytes {
public:
    GuardedBytes(void* data, std::size_t size) : data_(data), size_(size) {}
    GuardedBytes(GuardedBytes&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    GuardedBytes& operator=(GuardedBytes&&) = delete;
    ~GuardedBytes();
    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

private:
    void* data_;
    std::size_t size_;
};

// Runs `work` in a child and returns what it wrote. Warnings, infos and progress given to the child's sink reach `sink`
// as they happen; an Error thrown by `work` is thrown here. The parent may have threads: only the calling one lives on
// in the child, so `work` must not need a lock that another may hold (no OpenMP, no logger).
GuardedBytes run_guarded(const GuardOptions& options, Sink& sink, const std::function<void(ByteWriter& result, Sink& sink)>& work);

// Says which key is about to be touched, for the message after a crash. Does nothing outside a guard.
void note_key(std::string_view key);

}  // namespace lexicell
