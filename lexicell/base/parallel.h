#pragma once
#include <cstdint>
#include <functional>

namespace lexicell {

// Calls body(begin, end) over [0, size) cut into blocks of `grain`; blocks are handed to `threads` threads (1 runs
// inline). Block borders depend on `grain` only, so a body that keeps one result a block gives the same bits for any
// number of threads. The first exception is rethrown after all threads have stopped.
void parallel_for(std::int64_t size, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t begin, std::int64_t end)>& body);

// Threads the process may use: its CPU affinity.
int available_threads();

}  // namespace lexicell
