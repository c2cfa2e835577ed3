#include "lexicell/io/read.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/h5ad_elements.h"
#include "lexicell/io/read_10x_h5.h"
#include "lexicell/io/read_10x_mtx.h"
#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/read_hdf5.h"
#include "lexicell/io/read_loom.h"
#include "lexicell/io/read_text_matrix.h"
#include "lexicell/io/read_visium.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string type, std::string message, std::string found = {},
                         std::string hint = "give the file or folder that holds the counts") {
    std::error_code ignored;
    std::optional<std::uint64_t> start;  // of a file: where its kind would be seen
    if (std::filesystem::is_regular_file(path, ignored)) start = 0;
    throw Error(ErrorKind::unreadable, {.type = std::move(type), .message = std::move(message), .file = path.string(), .offset = start, .found = std::move(found),
                                        .expected = "h5ad, 10x h5, a 10x matrix folder, mtx, loom or a text table", .hint = std::move(hint)});
}

// What lies in the root of an HDF5 file, for the message.
std::string list_of(const Hdf5Group& root) {
    std::string out;
    for (const auto& child : root.children()) {
        if (out.size() > 300) return out + ", ...";
        out += (out.empty() ? "" : ", ") + child.name + (child.kind == Hdf5Group::ChildKind::group ? "/" : "");
    }
    return out.empty() ? "nothing" : out;
}

Dataset parse_hdf5(const Hdf5File& file, const ReadOptions& options) {
    const Hdf5Group root = file.root();
    const auto encoding = root.text_attribute("encoding-type");
    if (root.has("mod") || (encoding && *encoding == "MuData"))
        root.refuse("h5mu-not-supported", "the file is an h5mu with several modalities", list_of(root), "one modality", "write one modality as h5ad, e.g. mdata['rna'].write('rna.h5ad')");
    if (is_loom(root)) return parse_loom(file);
    if (is_10x_h5(root)) return parse_10x_h5(file, options);
    if (root.has("obs") && root.has("var")) return parse_h5ad(file);
    root.refuse("hdf5-without-cells", "the HDF5 file holds no cells in a layout that is known", list_of(root), "h5ad, 10x h5 or loom", "write it as h5ad");
}

// Packed or plain text: MatrixMarket says what it is in its first line, all else can only be a table.
Dataset read_text(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    std::string start;
    try {
        TextSource source(path);
        std::string_view line;
        if (!source.next_line(line)) refuse(path, "empty-file", "the file is empty");
        start = line.substr(0, 14);
    } catch (const Error& error) {
        if (error.detail().type != "text-binary") throw;
        refuse(path, "unknown-format", "the file's content is of no known format");
    }
    std::ranges::transform(start, start.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool mtx_name = path.filename().string().find(".mtx") != std::string::npos;
    return start == "%%matrixmarket" || mtx_name ? read_10x_mtx(path, options, sink) : read_text_matrix(path, options, sink);
}

Dataset read_folder(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    if (is_visium_folder(path)) return read_visium(path, options, sink);
    if (is_10x_mtx_folder(path)) return read_10x_mtx(path, options, sink);
    for (const char* name : {".zgroup", ".zattrs", "zarr.json"})
        if (std::filesystem::exists(path / name)) refuse(path, "zarr-not-supported", "zarr is not supported yet", name, "write it as h5ad");
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    const std::size_t more = names.size() > 20 ? names.size() - 20 : 0;
    names.resize(names.size() - more);
    refuse(path, "folder-without-matrix", "the folder holds no matrix.mtx and no Visium data",
           names.empty() ? "nothing" : fmt::format("{}{}", fmt::join(names, ", "), more ? fmt::format(" and {} more", more) : ""));
}

}  // namespace

Dataset read_dataset(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    std::error_code unreachable;  // require_regular_file says what is wrong then
    if (std::filesystem::is_directory(path, unreachable)) return read_folder(path, options, sink);
    require_regular_file(path);
    if (find_hdf5_signature(path)) {
        Dataset out = read_hdf5(path, options, sink, [&](const Hdf5File& file) { return parse_hdf5(file, options); });
        warn_about(out, sink);
        return out;
    }
    std::array<char, 2> start{};
    std::ifstream(path, std::ios::binary).read(start.data(), start.size());
    if (std::string_view(start.data(), start.size()) == "PK")
        refuse(path, "zarr-not-supported", "zip archives, zarr among them, are not supported yet", "a zip archive", "write it as h5ad");
    return read_text(path, options, sink);
}

}  // namespace lexicell
