#pragma once
// What the child of a guard tells its parent through a pipe: warnings, infos, progress, and how it ended.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/sink.h"

namespace lexicell {

// The child's sink: each call is one message of at most 64 KiB; longer texts are cut.
class PipeSink : public Sink {
public:
    explicit PipeSink(int descriptor) : descriptor_(descriptor) {}
    void warn(const Warning& warning) override;
    void info(std::string_view line) override;
    void progress(const Progress& progress) override;
    void failed(ErrorKind kind, const ErrorDetail& detail);
    void done();

private:
    int descriptor_;
};

// The parent's side. The child may have been damaged by its file, so every length is checked; a malformed message
// ends the talk as Error(unreadable).
class MessageReader {
public:
    struct Failure {
        ErrorKind kind;
        ErrorDetail detail;
    };
    void take(std::span<const std::byte> bytes, Sink& sink);  // any slice of the stream; whole messages go to `sink`
    bool done() const { return done_; }
    const std::optional<Failure>& failure() const { return failure_; }

private:
    void deliver(std::span<const std::byte> message, Sink& sink);
    std::vector<std::byte> pending_;
    std::size_t delivered_ = 0;
    bool done_ = false;
    std::optional<Failure> failure_;
};

}  // namespace lexicell
