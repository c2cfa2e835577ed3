#include "lexicell/train/sealed_folder.h"

#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void broken(const fs::path& file, std::string type, std::string message) {
    throw Error(ErrorKind::model, {.type = std::move(type), .message = std::move(message), .file = file.string(),
                                   .hint = "the folder is damaged or was edited; take it from its source again"});
}

std::map<std::string, std::string> read_list(const fs::path& path) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (failed) broken(path, "hash-list-missing", "the list of hashes cannot be read");
    if (size > (1 << 20)) broken(path, "hash-list-malformed", "the list of hashes is too long");
    std::ifstream file(path, std::ios::binary);
    std::map<std::string, std::string> hashes;
    for (std::string line; std::getline(file, line);) {
        if (line.size() < 67 || line.compare(64, 2, "  ") != 0 ||
            line.find_first_not_of("0123456789abcdef") != 64 || line.find('/') != std::string::npos)
            broken(path, "hash-list-malformed", "a line of the list of hashes is malformed");
        if (!hashes.emplace(line.substr(66), line.substr(0, 64)).second)
            broken(path, "hash-list-malformed", "the list of hashes names a file twice");
    }
    return hashes;
}

}  // namespace

void seal_folder(const fs::path& folder, const std::string& list) {
    std::map<std::string, std::string> hashes;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().filename() != list)
            hashes[entry.path().filename().string()] = sha256_file(entry.path());
    std::string text;
    for (const auto& [name, hash] : hashes) text += fmt::format("{}  {}\n", hash, name);
    write_file_atomically(folder / list, text);
}

void verify_sealed_folder(const fs::path& folder, const std::string& list) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) broken(folder, "not-a-folder", "there is no such folder");
    auto hashes = read_list(folder / list);
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name == list) continue;
        const auto expected = hashes.find(name);
        if (expected == hashes.end()) broken(entry.path(), "file-not-listed", "the file is not in the list of hashes");
        if (!fs::is_regular_file(entry.symlink_status())) broken(entry.path(), "not-a-regular-file", "this is not a plain file");
        const std::string found = sha256_file(entry.path());
        if (found != expected->second)
            throw Error(ErrorKind::model, {.type = "hash-mismatch", .message = "the file is not the one that was written",
                                           .file = entry.path().string(), .found = "SHA-256 " + found,
                                           .expected = expected->second,
                                           .hint = "the folder is damaged or was edited; take it from its source again"});
        hashes.erase(expected);
    }
    if (!hashes.empty()) broken(folder / hashes.begin()->first, "file-missing", "a listed file is missing");
}

}  // namespace lexicell
