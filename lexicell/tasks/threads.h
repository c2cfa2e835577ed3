#pragma once

namespace lexicell {

// How many threads LibTorch's operators may use.
void set_process_threads(int threads);

}  // namespace lexicell
