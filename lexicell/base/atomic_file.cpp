#include "lexicell/base/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <random>

#include <fmt/format.h>

#include "lexicell/base/error.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void write_failed(const fs::path& path, std::string_view action) {
    const int code = errno;
    throw Error(ErrorKind::write, {.type = code == ENOSPC ? "disk-full" : "write-failed",
                                   .message = fmt::format("cannot {}: {}", action, std::strerror(code)),
                                   .file = path.string(),
                                   .hint = code == ENOSPC ? "free some space or write elsewhere with -o"
                                                          : "check that the folder exists and may be written to"});
}

void flush(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) write_failed(path, "open to flush");
    const int failed = ::fsync(fd);
    ::close(fd);
    if (failed) write_failed(path, "flush to disk");
}

fs::path folder_of(const fs::path& path) {
    const fs::path parent = path.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

fs::path temporary_name(const fs::path& target) {
    std::random_device entropy;
    return folder_of(target) / fmt::format(".{}.tmp.{}.{:08x}", target.filename().string(), ::getpid(), entropy());
}

fs::path create_temporary(const fs::path& target) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        fs::path path = temporary_name(target);
        const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (fd >= 0) {
            ::close(fd);
            return path;
        }
        if (errno != EEXIST) write_failed(target, "create a file in its folder");
    }
    write_failed(target, "create a file in its folder");
}

}  // namespace

void write_file_atomically(const fs::path& target, const std::function<void(const fs::path&)>& write) {
    // A rename would replace a device, a pipe or a folder that the user named by mistake.
    std::error_code code;
    const fs::file_status status = fs::status(target, code);
    if (status.type() != fs::file_type::not_found && status.type() != fs::file_type::regular) {
        errno = code ? code.value() : status.type() == fs::file_type::directory ? EISDIR : EINVAL;
        write_failed(target, "replace what is not a regular file");
    }
    const fs::path temporary = create_temporary(target);
    try {
        write(temporary);
        flush(temporary, O_RDONLY);
        if (::rename(temporary.c_str(), target.c_str()) != 0) write_failed(target, "rename into place");
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    flush(folder_of(target), O_RDONLY | O_DIRECTORY);
}

void write_file_atomically(const fs::path& target, std::string_view bytes) {
    write_file_atomically(target, [&](const fs::path& temporary) {
        const int fd = ::open(temporary.c_str(), O_WRONLY | O_CLOEXEC);
        if (fd < 0) write_failed(target, "open");
        for (std::size_t done = 0; done < bytes.size();) {
            const ssize_t wrote = ::write(fd, bytes.data() + done, bytes.size() - done);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote < 0) {
                const int code = errno;
                ::close(fd);
                errno = code;
                write_failed(target, "write");
            }
            done += static_cast<std::size_t>(wrote);
        }
        if (::close(fd) != 0) write_failed(target, "close");
    });
}

void publish_folder(const fs::path& partial, const fs::path& target, bool overwrite) {
    for (const auto& entry : fs::recursive_directory_iterator(partial)) {
        if (entry.is_regular_file()) flush(entry.path(), O_RDONLY);
        if (entry.is_directory()) flush(entry.path(), O_RDONLY | O_DIRECTORY);
    }
    flush(partial, O_RDONLY | O_DIRECTORY);
    if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno != EEXIST && errno != ENOTEMPTY) write_failed(target, "rename into place");
        if (!overwrite)
            throw Error(ErrorKind::usage, {.type = "output-exists", .message = "the output already exists",
                                           .file = target.string(), .hint = "choose another -o or add --overwrite"});
        if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0)
            write_failed(target, "exchange with the finished folder");
        fs::remove_all(partial);
    }
    flush(folder_of(target), O_RDONLY | O_DIRECTORY);
}

void write_folder_atomically(const fs::path& target, bool overwrite, const std::function<void(const fs::path&)>& write) {
    // "out/" names the folder itself, not something in it.
    const fs::path named = target.has_filename() ? target : target.parent_path();
    if (!overwrite && fs::exists(named))
        throw Error(ErrorKind::usage, {.type = "output-exists", .message = "the output already exists", .file = named.string(),
                                       .hint = "choose another -o or add --overwrite"});
    const fs::path partial = temporary_name(named);
    if (::mkdir(partial.c_str(), 0777) != 0) write_failed(named, "create a folder beside it");
    try {
        write(partial);
        publish_folder(partial, named, overwrite);
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(partial, ignored);
        throw;
    }
}

void sweep_temporaries(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        const std::size_t mark = name.rfind(".tmp.");
        if (name.empty() || name[0] != '.' || mark == std::string::npos) continue;
        const char* begin = name.data() + mark + 5;
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(begin, name.data() + name.size(), pid);
        if (error != std::errc{} || end == name.data() + name.size() || *end != '.') continue;
        if (::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace lexicell
