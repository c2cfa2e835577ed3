#pragma once
// The one place that talks to a person: progress bars, warnings and log lines on stderr (users.md 4.2).

#include <chrono>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"

namespace lexicell::app {

enum class ProgressStyle { automatic, never, plain };
enum class LogLevel { error, warning, info, debug };

class Terminal : public Sink {
public:
    Terminal(ProgressStyle style, LogLevel level);
    ~Terminal() override;

    void warn(const Warning& warning) override;
    void info(std::string_view line) override;
    void progress(const Progress& progress) override;
    bool stop_requested() override;  // a SIGINT or SIGTERM arrived

    const std::vector<Warning>& warnings() const { return warnings_; }

private:
    void clear_bar();
    double elapsed() const;

    bool bar_;
    bool colour_;
    LogLevel level_;
    ProgressStyle style_;
    bool bar_drawn_ = false;
    std::string stage_;
    std::chrono::steady_clock::time_point start_, last_;
    std::vector<Warning> warnings_;
};

// Lets SIGINT and SIGTERM ask for a clean stop; a second one ends the process at once.
void install_signal_handlers();
int received_signal();  // 0 when none

}  // namespace lexicell::app
