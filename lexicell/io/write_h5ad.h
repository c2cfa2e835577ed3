#pragma once
#include <filesystem>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/io/hdf5_writer.h"

namespace lexicell {

// Which readers must understand the file (formats.md 3.1). The oldest refuses nothing that ours writes; the newer ones
// admit elements of the origin that older readers stumble over.
enum class Compat { v0_8, v0_10, v0_12 };

struct WriteOptions {
    Compat compat = Compat::v0_8;
    Hdf5WriterOptions::Compression compression = Hdf5WriterOptions::Compression::gzip;
    int level = 1;              // of the compression; a larger value is slower and smaller
    double wall_seconds = 3600; // copying from a damaged origin must end
    bool verify = false;        // reads the new file back and compares its axes before it takes its place
};

// Writes `base` with `additions` laid over it, atomically: the target is the whole old file or the whole new one.
//
// `base` is what was read, changed by take_cells and take_genes at most. `additions` holds what is new or replaced:
// columns of obs and var, layers, members of obsm, varm, obsp, varp, x, raw, and keys of uns (dictionaries merge key by
// key); its axes, where it has any, are those of base. Elements of the origin that are not replaced, and whose axes are
// whole, are copied as they lie there, with type, filters and everything we do not understand; where an axis was cut,
// what we understand is written from memory and what we do not is dropped with the warning "element-dropped".
// Error(write), exit 8, when the disk or the folder refuses; Error(unreadable) when the origin is gone, changed or damaged.
void write_h5ad(const Dataset& base, const Dataset& additions, const std::filesystem::path& target, const WriteOptions& options = {},
                Sink& sink = silence());

}  // namespace lexicell
