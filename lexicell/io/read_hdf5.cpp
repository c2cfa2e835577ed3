#include "lexicell/io/read_hdf5.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "lexicell/io/dataset_codec.h"
#include "lexicell/io/guard.h"

namespace lexicell {

void require_regular_file(const std::filesystem::path& path) {
    const auto refuse = [&](const char* type, std::string message) {
        throw Error(ErrorKind::unreadable, {.type = type, .message = std::move(message), .file = path.string(), .hint = "check the path"});
    };
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) refuse("cannot-open", std::string("cannot open: ") + std::strerror(errno));
    if (!S_ISREG(info.st_mode)) refuse("not-a-file", "is not a regular file");
    if (!std::ifstream(path)) refuse("cannot-open", std::string("cannot open: ") + std::strerror(errno));
}

std::optional<std::uint64_t> find_hdf5_signature(const std::filesystem::path& path) {
    static constexpr std::array<char, 8> signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
    std::ifstream in(path, std::ios::binary);
    std::error_code code;
    const std::uint64_t size = std::filesystem::file_size(path, code);
    if (code) return std::nullopt;
    for (std::uint64_t at = 0; at + signature.size() <= size; at = at == 0 ? 512 : at * 2) {
        std::array<char, 8> bytes{};
        in.seekg(static_cast<std::streamoff>(at));
        if (in.read(bytes.data(), bytes.size()) && bytes == signature) return at;
    }
    return std::nullopt;
}

Dataset read_hdf5(const std::filesystem::path& path, const ReadOptions& options, Sink& sink,
                  const std::function<Dataset(const Hdf5File&)>& parse) {
    require_regular_file(path);
    const double megabytes = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
    const GuardOptions guard{.file = path.string(), .wall_seconds = options.wall_seconds + megabytes / 5, .memory_bytes = options.memory_bytes};
    const GuardedBytes result = run_guarded(guard, sink, [&](ByteWriter& out, Sink& child_sink) {
        const Hdf5File file(path, child_sink, options.caps);
        Dataset dataset = parse(file);
        if (!dataset.origin) dataset.origin.emplace();
        dataset.origin->file = path;
        encode_dataset(std::move(dataset), out);
    });
    try {
        return decode_dataset(result.bytes());
    } catch (const Error& error) {
        ErrorDetail detail = error.detail();
        detail.file = path.string();
        throw Error(error.kind(), std::move(detail));
    }
}

}  // namespace lexicell
