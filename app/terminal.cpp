#include "app/terminal.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lexicell::app {

namespace {

volatile sig_atomic_t g_signal = 0;

void on_signal(int number) {
    if (g_signal != 0) _exit(128 + number);
    g_signal = number;
}

bool set_in_environment(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

bool plain_terminal() {
    const char* term = std::getenv("TERM");
    return !isatty(STDERR_FILENO) || set_in_environment("CI") || !term || std::strcmp(term, "dumb") == 0;
}

int columns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string share(const Progress& p) {
    return p.total ? fmt::format("{}/{}", p.done, p.total) : fmt::format("{}", p.done);
}

std::string figures(const Progress& p) {
    std::string text;
    for (const auto& [name, value] : p.figures)
        text += value >= 1e4 ? fmt::format("  {} {:.0f}", name, value) : fmt::format("  {} {:.4g}", name, value);
    return text;
}

std::string bar(const Progress& p) {
    const std::string head = std::string(p.stage), tail = fmt::format(" {}{}", share(p), figures(p));
    const int width = std::min(30, columns() - static_cast<int>(head.size() + tail.size()) - 2);
    if (p.total == 0 || width < 10) return head + tail;
    const int filled = static_cast<int>(width * static_cast<double>(p.done) / static_cast<double>(p.total));
    std::string blocks = " ";
    for (int i = 0; i < width; ++i) blocks += i < filled ? "━" : "─";
    return head + blocks + tail;
}

}  // namespace

void install_signal_handlers() {
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

int received_signal() { return g_signal; }

Terminal::Terminal(ProgressStyle style, LogLevel level)
    : bar_(style == ProgressStyle::automatic && !plain_terminal()),
      colour_(!plain_terminal() && !set_in_environment("NO_COLOR")),
      level_(level),
      style_(style),
      start_(std::chrono::steady_clock::now()) {}

Terminal::~Terminal() { clear_bar(); }

double Terminal::elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Terminal::clear_bar() {
    if (bar_drawn_) fmt::print(stderr, "\r\033[K");
    bar_drawn_ = false;
}

void Terminal::warn(const Warning& warning) {
    // A reader and a task may find the same thing.
    const auto told = [&](const Warning& w) { return w.name == warning.name && w.count == warning.count && w.detail == warning.detail; };
    if (std::ranges::any_of(warnings_, told)) return;
    warnings_.push_back(warning);
    if (level_ < LogLevel::warning) return;
    clear_bar();
    const std::string count = warning.count > 0 ? fmt::format(" ({})", warning.count) : "";
    fmt::print(stderr, "{}warning{} {}{}: {}\n", colour_ ? "\033[33m" : "", colour_ ? "\033[0m" : "", warning.name, count, warning.detail);
}

void Terminal::info(std::string_view line) {
    if (level_ < LogLevel::info) return;
    clear_bar();
    fmt::print(stderr, "[{:6.1f} s] {}\n", elapsed(), line);
}

void Terminal::progress(const Progress& p) {
    if (style_ == ProgressStyle::never || level_ < LogLevel::warning) return;
    const auto now = std::chrono::steady_clock::now();
    const bool begins = stage_ != p.stage, ends = p.total > 0 && p.done == p.total;
    if (begins) stage_ = p.stage;
    if (bar_) {
        if (!begins && !ends && now - last_ < std::chrono::milliseconds(100)) return;
        fmt::print(stderr, "\r\033[K{}", bar(p));
        std::fflush(stderr);
        bar_drawn_ = true;
    } else {
        if (now - std::max(last_, start_) < std::chrono::seconds(10)) return;
        fmt::print(stderr, "[{:6.1f} s] {} {}{}\n", elapsed(), p.stage, share(p), figures(p));
    }
    last_ = now;
}

bool Terminal::stop_requested() { return g_signal != 0; }

}  // namespace lexicell::app
