#include "lexicell/tasks/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

constexpr const char* kIdentityFile = ".identity";
constexpr const char* kLockFile = ".lock";

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

fs::path normalised(fs::path target) {
    target = fs::absolute(target).lexically_normal();
    return target.has_filename() ? target : target.parent_path();  // "out/" is "out"
}

}  // namespace

RunFolder::RunFolder(fs::path target, bool overwrite, Resume resume, const std::string& identity, Sink& sink)
    : target_(normalised(std::move(target))),
      partial_(target_.parent_path() / ("." + target_.filename().string() + ".partial")),
      overwrite_(overwrite) {
    if (fs::exists(target_) && !overwrite_)
        throw Error(ErrorKind::usage, {.type = "output-exists", .message = "the output already exists", .file = target_.string(),
                                       .hint = "choose another -o or add --overwrite"});
    std::error_code error;
    fs::create_directories(partial_, error);
    if (error)
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot create the folder: " + error.message(),
                                       .file = partial_.string(), .hint = "check that the folder above exists and may be written to"});
    lock_ = ::open((partial_ / kLockFile).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        if (lock_ >= 0) ::close(lock_);
        throw Error(ErrorKind::usage, {.type = "output-busy", .message = "another run is writing this output", .file = target_.string(),
                                       .hint = "wait for it, stop it, or choose another -o"});
    }
    const bool same = fs::exists(partial_ / kIdentityFile) && read_text(partial_ / kIdentityFile) == identity;
    resumed_ = resume == Resume::automatic && same;
    if (resumed_) {
        sink.info(fmt::format("resuming the interrupted run in {}", partial_.filename().string()));
        return;
    }
    if (resume == Resume::automatic && fs::exists(partial_ / kIdentityFile))
        sink.info("the interrupted run had another input or other settings: starting over");
    for (const auto& entry : fs::directory_iterator(partial_))
        if (entry.path().filename() != kLockFile) fs::remove_all(entry.path());
    write_file_atomically(partial_ / kIdentityFile, identity);
}

RunFolder::~RunFolder() {
    if (lock_ >= 0) ::close(lock_);
}

void RunFolder::publish() {
    sweep_temporaries(partial_);
    fs::remove(partial_ / kIdentityFile);
    fs::remove(partial_ / kLockFile);
    publish_folder(partial_, target_, overwrite_);
}

void RunFolder::publish(const std::string& part) {
    sweep_temporaries(partial_);
    publish_folder(partial_ / part, target_, overwrite_);
    fs::remove_all(partial_);
}

}  // namespace lexicell
