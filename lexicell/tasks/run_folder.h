#pragma once
// The output folder of a run: all of it or nothing. Work goes on in ".<name>.partial" beside the target; the target
// appears by one rename when everything is written.

#include <filesystem>
#include <string>

#include "lexicell/base/sink.h"

namespace lexicell {

enum class Resume { never, automatic };

class RunFolder {
public:
    // `identity` says what makes two runs the same (input hash and settings). Resume::automatic goes on with a partial
    // folder of the same identity; any other partial folder is started over, and the sink is told. Error(usage) when
    // the target exists without `overwrite`, or when another process is at work in the partial folder.
    RunFolder(std::filesystem::path target, bool overwrite, Resume resume, const std::string& identity, Sink& sink);
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const std::filesystem::path& partial() const { return partial_; }
    bool resumed() const { return resumed_; }
    void publish();
    // The target is one finished folder of the partial one; the rest, such as checkpoints, goes.
    void publish(const std::string& part);

private:
    std::filesystem::path target_, partial_;
    bool overwrite_, resumed_ = false;
    int lock_ = -1;
};

}  // namespace lexicell
