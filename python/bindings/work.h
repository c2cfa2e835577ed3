#pragma once
// Long calls: the work runs in a thread of its own without Python's lock; the calling thread shows how far it is and asks
// Python for signals, so that neither bars nor Ctrl-C depend on how often the work looks up.

#include <exception>
#include <functional>
#include <optional>

#include <nanobind/nanobind.h>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell::python {

namespace nb = nanobind;

// `reporter` has progress(stage, done, total, figures), info(line) and warn(name, count, detail). Called with the lock held;
// returns when the work has ended, be it that a signal's exception asked it to. Exceptions: of the signal or the reporter
// first, then of the work. threads: what LibTorch may use below the work.
void run_in_thread(nb::handle reporter, int threads, const std::function<void(Sink&)>& work);

template <class Work>
auto run_work(nb::handle reporter, int threads, Work work) {
    std::optional<decltype(work(silence()))> result;
    run_in_thread(reporter, threads, [&](Sink& sink) { result.emplace(work(sink)); });
    return std::move(*result);
}

}  // namespace lexicell::python
