#include "python/bindings/work.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nanobind/stl/string.h>

#include "lexicell/tasks/threads.h"
#include "python/bindings/errors.h"

namespace lexicell::python {

namespace {

constexpr std::chrono::milliseconds kLook{50};  // between two looks at signals and progress

// Keeps what the work says until the calling thread fetches it. A Progress only views its text, so it is copied.
class Mailbox : public Sink {
public:
    struct Step {
        std::string stage;
        std::uint64_t done = 0, total = 0;
        std::vector<std::pair<std::string, double>> figures;
    };
    struct Post {
        std::vector<Warning> warnings;
        std::vector<std::string> lines;
        std::vector<Step> steps;  // the last of each stage, in order
    };

    void warn(const Warning& w) override {
        const std::lock_guard lock(mutex_);
        post_.warnings.push_back(w);
    }
    void info(std::string_view line) override {
        const std::lock_guard lock(mutex_);
        post_.lines.emplace_back(line);
    }
    void progress(const Progress& p) override {
        Step step{std::string(p.stage), p.done, p.total, {}};
        for (const auto& [name, value] : p.figures) step.figures.emplace_back(name, value);
        const std::lock_guard lock(mutex_);
        if (!post_.steps.empty() && post_.steps.back().stage == step.stage) post_.steps.pop_back();
        post_.steps.push_back(std::move(step));
    }
    bool stop_requested() override { return stop_; }

    void stop() { stop_ = true; }
    Post fetch() {
        const std::lock_guard lock(mutex_);
        return std::exchange(post_, {});
    }

private:
    std::mutex mutex_;
    Post post_;
    std::atomic<bool> stop_ = false;
};

void deliver(const Mailbox::Post& post, nb::handle reporter) {
    for (const std::string& line : post.lines) reporter.attr("info")(line);
    for (const Warning& w : post.warnings) reporter.attr("warn")(w.name, w.count, w.detail);
    for (const Mailbox::Step& step : post.steps) {
        nb::dict figures;
        for (const auto& [name, value] : step.figures) figures[name.c_str()] = value;
        reporter.attr("progress")(step.stage, step.done, step.total, figures);
    }
}

}  // namespace

void run_in_thread(nb::handle reporter, int threads, const std::function<void(Sink&)>& work) {
    Mailbox mailbox;
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    std::exception_ptr failure, interruption;
    std::thread worker([&] {
        try {
            try {
                set_operator_threads(threads);
                work(mailbox);
            } catch (...) {
                rethrow_as_error();
            }
        } catch (...) {
            failure = std::current_exception();
        }
        const std::lock_guard lock(mutex);
        done = true;
        ended.notify_one();
    });
    for (bool last = false; !last;) {
        {
            nb::gil_scoped_release unlocked;
            std::unique_lock lock(mutex);
            last = ended.wait_for(lock, kLook, [&] { return done; });
        }
        if (interruption) continue;
        try {
            if (PyErr_CheckSignals() != 0) throw nb::python_error();
            deliver(mailbox.fetch(), reporter);
        } catch (...) {
            interruption = std::current_exception();
            mailbox.stop();
        }
    }
    worker.join();
    if (interruption) std::rethrow_exception(interruption);
    if (failure) std::rethrow_exception(failure);
}

}  // namespace lexicell::python
