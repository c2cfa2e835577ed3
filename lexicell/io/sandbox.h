#pragma once
#include <cstdint>

namespace lexicell {

// Bytes of memory the machine can still give: MemAvailable, less where a control group sets a limit.
std::int64_t available_memory();

// Limits this process for good: core dumps off, signals to their defaults, dies with its parent, address space and
// processor time bounded, and no network, no new programs or processes, no tracing (Linux seccomp, where there is one).
struct SandboxOptions {
    std::int64_t memory_bytes = 0;  // address space above what is in use now
    double cpu_seconds = 0;
    bool may_write = false;         // else opening a file for writing, renaming and deleting fail
};
void enter_sandbox(const SandboxOptions& options);

}  // namespace lexicell
