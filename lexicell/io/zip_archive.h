#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/error.h"

namespace lexicell {

struct ZipOptions {
    ErrorKind kind = ErrorKind::unreadable;     // of refusals
    std::uint64_t inflation = 2000;             // unpacked bytes per packed byte; deflate itself cannot exceed 1032
    std::size_t entries = 100'000;
};

// A zip archive (PKWARE APPNOTE, zip64 included) whose members are stored or deflated. Refused: absolute names and names
// with "..", names that occur twice, members that overlap, encryption, other methods, sizes that the archive cannot
// hold, a wrong CRC-32.
class ZipArchive {
public:
    explicit ZipArchive(const std::filesystem::path& path, const ZipOptions& options = {});
    ZipArchive(std::string bytes, std::string name, const ZipOptions& options = {});  // from memory
    ZipArchive(ZipArchive&&) noexcept;
    ~ZipArchive();

    std::vector<std::string> names() const;  // of the members that are files, in byte order
    bool has(std::string_view name) const;
    std::string read(std::string_view name) const;  // the member, unpacked and checked
    const std::string& file() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lexicell
