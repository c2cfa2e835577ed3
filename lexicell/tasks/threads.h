#pragma once

namespace lexicell {

// How many threads LibTorch's operators may use when this thread calls them.
void set_operator_threads(int threads);

// The same for a process that is ours alone: nothing runs beside an operator either. Once a process.
void set_process_threads(int threads);

}  // namespace lexicell
