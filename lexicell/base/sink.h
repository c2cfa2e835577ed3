#pragma once
// How the library speaks: it never prints (design.md, convention 5). A caller hands in sinks; the default is silence.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lexicell {

// A condition the user should know of, e.g. {"duplicate-genes", 12, "ABC, DEF, ..."}; `name` is a stable identifier.
struct Warning {
    std::string name;
    std::uint64_t count = 0;
    std::string detail;
};

// Where the work stands. `total` 0 means unknown; `figures` are shown beside the bar, e.g. {"loss", 812.3}, {"cells/s", 9.1e3}.
struct Progress {
    std::string_view stage;
    std::uint64_t done = 0, total = 0;
    std::vector<std::pair<std::string_view, double>> figures;
};

class Sink {
public:
    virtual ~Sink() = default;
    virtual void warn(const Warning&) {}
    virtual void info(std::string_view) {}  // one line: an assumption made, a step finished
    virtual void progress(const Progress&) {}
    // Polled between steps of long work. True: save what can be saved and throw Error(interrupted or limit).
    virtual bool stop_requested() { return false; }
};

// The sink that says nothing.
Sink& silence();

// Keeps warnings and infos, for tests and for reports.
class RecordingSink : public Sink {
public:
    void warn(const Warning& w) override { warnings.push_back(w); }
    void info(std::string_view line) override { lines.emplace_back(line); }
    std::vector<Warning> warnings;
    std::vector<std::string> lines;
};

}  // namespace lexicell
