#include "lexicell/io/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/parallel.h"
#include "lexicell/io/guard_messages.h"
#include "lexicell/io/sandbox.h"

namespace lexicell {

namespace {

constexpr std::size_t cell_bytes = 4096;
char* cell = nullptr;  // in a guard's child: the shared page that holds the key being touched

struct Descriptor {
    int value = -1;
    ~Descriptor() { close(); }
    void close() {
        if (value >= 0) ::close(std::exchange(value, -1));
    }
};

struct SharedCell {
    char* text;
    SharedCell() : text(static_cast<char*>(::mmap(nullptr, cell_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~SharedCell() {
        if (text != MAP_FAILED) ::munmap(text, cell_bytes);
    }
    std::string read() const { return std::string(text, ::strnlen(text, cell_bytes)); }
};

[[noreturn]] void cannot_start(const GuardOptions& options, const char* what) {
    const int code = errno;
    throw Error(code == ENOMEM || code == EAGAIN ? ErrorKind::memory : ErrorKind::internal,
                {.type = "guard-start", .message = fmt::format("cannot start the reading process: {}: {}", what, std::strerror(code)), .file = options.file,
                 .hint = "free some memory, or allow more processes"});
}

ErrorDetail out_of_memory(const GuardOptions& options) {
    return {.type = "not-enough-memory", .message = "not enough memory for the data", .file = options.file, .key = cell,
            .hint = "use a machine with more memory, or read fewer cells"};
}

// The C library prints why it aborts; in a library that never prints, the refusal says it. A sanitizer's report is for us.
void silence_error_stream() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const Descriptor nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    ::dup2(nowhere.value, STDERR_FILENO);
#endif
}

// The child's whole life; never returns.
[[noreturn]] void live(const GuardOptions& options, pid_t parent, std::int64_t memory, int pipe, int arena,
                       const std::function<void(ByteWriter&, Sink&)>& work) {
    PipeSink sink(pipe);
    try {
        silence_error_stream();
        enter_sandbox({.memory_bytes = memory, .cpu_seconds = (options.wall_seconds + 1) * available_threads(), .may_write = options.may_write});
        if (::getppid() != parent) ::_exit(1);  // it died before the sandbox tied this life to its own
        ByteWriter result(arena);
        work(result, sink);
        result.flush();
        sink.done();
    } catch (const Error& error) {
        sink.failed(error.kind(), error.detail());
    } catch (const std::bad_alloc&) {
        sink.failed(ErrorKind::memory, out_of_memory(options));
    } catch (const std::system_error&) {  // a thread that could not begin
        sink.failed(ErrorKind::memory, out_of_memory(options));
    } catch (const std::exception& error) {
        sink.failed(ErrorKind::internal, {.type = "unexpected", .message = error.what(), .file = options.file, .key = cell});
    }
    ::_exit(0);
}

struct Ending {
    bool timed_out = false, stopped = false;
    int status = 0;
};

Ending attend(pid_t child, int pipe, const GuardOptions& options, Sink& sink, MessageReader& messages) {
    using Clock = std::chrono::steady_clock;
    const auto limit = Clock::now() + std::chrono::duration<double>(options.wall_seconds);
    Ending ending;
    try {
        std::vector<std::byte> buffer(1 << 16);
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now()).count();
            ending.timed_out = left <= 0;
            ending.stopped = !ending.timed_out && sink.stop_requested();
            if (ending.timed_out || ending.stopped) break;
            pollfd wait{pipe, POLLIN, 0};
            if (::poll(&wait, 1, static_cast<int>(std::min<long long>(left, 100))) <= 0) continue;
            const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;  // the child has ended
            messages.take(std::span(buffer).first(static_cast<std::size_t>(got)), sink);
        }
    } catch (...) {
        ::kill(child, SIGKILL);
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
        throw;
    }
    if (ending.timed_out || ending.stopped) ::kill(child, SIGKILL);
    while (::waitpid(child, &ending.status, 0) < 0)
        if (errno != EINTR) break;  // somebody else reaped it: the messages decide
    return ending;
}

}  // namespace

void note_key(std::string_view key) {
    if (!cell) return;
    const std::size_t length = std::min(key.size(), cell_bytes - 1);
    std::memcpy(cell, key.data(), length);
    cell[length] = '\0';
}

GuardedBytes::~GuardedBytes() {
    if (data_) ::munmap(data_, size_);
}

GuardedBytes run_guarded(const GuardOptions& options, Sink& sink, const std::function<void(ByteWriter&, Sink&)>& work) {
    const SharedCell shared;
    if (shared.text == MAP_FAILED) cannot_start(options, "no shared memory");
    Descriptor arena{::memfd_create("lexicell", MFD_CLOEXEC)};
    if (arena.value < 0) cannot_start(options, "no shared memory");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) cannot_start(options, "no pipe");
    Descriptor from{ends[0]}, to{ends[1]};
    const std::int64_t memory = options.memory_bytes ? *options.memory_bytes : available_memory();

    const pid_t parent = ::getpid(), child = ::fork();
    if (child < 0) cannot_start(options, "no new process");
    if (child == 0) {
        cell = shared.text;
        live(options, parent, memory, to.value, arena.value, work);
    }
    to.close();
    MessageReader messages;
    const Ending ending = attend(child, from.value, options, sink, messages);

    if (ending.stopped)
        throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "stopped on request", .file = options.file});
    if (messages.failure()) throw Error(messages.failure()->kind, messages.failure()->detail);
    if (!messages.done() || ending.timed_out) {
        const std::string key = shared.read();
        const int signal = WIFSIGNALED(ending.status) ? WTERMSIG(ending.status) : 0;
        if (ending.timed_out || signal == SIGXCPU)
            throw Error(ErrorKind::unreadable, {.type = "time-limit", .message = fmt::format("reading took longer than {:g} seconds", options.wall_seconds),
                                                .file = options.file, .key = key, .hint = "the file is damaged, or needs a longer limit"});
        if (signal == SIGKILL)
            throw Error(ErrorKind::memory, {.type = "killed", .message = "the system ended the reading process, most likely for want of memory",
                                            .file = options.file, .key = key, .hint = "use a machine with more memory"});
        throw Error(ErrorKind::unreadable,
                    {.type = "hdf5-crash", .message = fmt::format("the HDF5 library failed at {}", key.empty() ? "the start" : key), .file = options.file,
                     .key = key, .found = signal ? fmt::format("signal {} ({})", signal, ::strsignal(signal)) : fmt::format("status {}", ending.status),
                     .hint = "the file is damaged; fetch or write it again"});
    }

    struct stat info {};
    if (::fstat(arena.value, &info) != 0) cannot_start(options, "no result");
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) return GuardedBytes(nullptr, 0);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, arena.value, 0);
    if (data == MAP_FAILED) cannot_start(options, "no room for the result");
    return GuardedBytes(data, size);
}

}  // namespace lexicell
