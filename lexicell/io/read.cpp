#include "lexicell/io/read.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/h5ad_elements.h"
#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/read_hdf5.h"

namespace lexicell {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string type, std::string message, std::string found = {}, std::string hint = {}) {
    throw Error(ErrorKind::unreadable, {.type = std::move(type), .message = std::move(message), .file = path.string(), .found = std::move(found),
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

Dataset parse_hdf5(const Hdf5File& file) {
    const Hdf5Group root = file.root();
    const auto encoding = root.text_attribute("encoding-type");
    if (root.has("mod") || (encoding && *encoding == "MuData"))
        root.refuse("h5mu-not-supported", "the file is an h5mu with several modalities", list_of(root), "one modality", "write one modality as h5ad, e.g. mdata['rna'].write('rna.h5ad')");
    if (root.has("obs") && root.has("var")) return parse_h5ad(file);
    root.refuse("hdf5-without-cells", "the HDF5 file holds no cells in a layout that is known", list_of(root), "h5ad, 10x h5 or loom", "write it as h5ad");
}

}  // namespace

Dataset read_dataset(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    require_regular_file(path);
    if (find_hdf5_signature(path)) {
        Dataset out = read_hdf5(path, options, sink, parse_hdf5);
        warn_about(out, sink);
        return out;
    }
    std::array<char, 16> start{};
    std::ifstream(path, std::ios::binary).read(start.data(), start.size());
    const std::string_view head(start.data(), start.size());
    const std::uint64_t size = std::filesystem::file_size(path);
    if (size == 0) refuse(path, "empty-file", "the file is empty");
    if (head.starts_with("PK")) refuse(path, "zarr-not-supported", "zip archives, zarr among them, are not supported yet", "a zip archive", "write it as h5ad");
    throw Error(ErrorKind::unreadable, {.type = "unknown-format", .message = "the file's content is of no known format", .file = path.string(),
                                        .offset = 0, .expected = "h5ad, 10x h5, a 10x matrix folder, mtx, loom or a text table"});
}

}  // namespace lexicell
