#include "lexicell/tasks/threads.h"

#include <ATen/Parallel.h>

namespace lexicell {

void set_operator_threads(int threads) { at::set_num_threads(threads); }

void set_process_threads(int threads) {
    set_operator_threads(threads);
    at::set_num_interop_threads(1);
}

}  // namespace lexicell
