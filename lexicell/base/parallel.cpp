#include "lexicell/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lexicell {

void parallel_for(std::int64_t size, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t, std::int64_t)>& body) {
    grain = std::max<std::int64_t>(grain, 1);
    const std::int64_t blocks = (size + grain - 1) / grain;
    const int workers = static_cast<int>(std::min<std::int64_t>(std::max(threads, 1), blocks));
    std::atomic<std::int64_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        try {
            for (std::int64_t block; (block = next.fetch_add(1)) < blocks;)
                body(block * grain, std::min(size, (block + 1) * grain));
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
            next = blocks;
        }
    };
    std::vector<std::jthread> pool;
    for (int i = 1; i < workers; ++i) pool.emplace_back(work);
    work();
    pool.clear();
    if (failure) std::rethrow_exception(failure);
}

int available_threads() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return std::max(1, CPU_COUNT(&set));
}

}  // namespace lexicell
