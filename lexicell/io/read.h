#pragma once
// Any file with cells in it -> Dataset. What a file is, its content says; the extension is a hint only (formats.md 5).

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/io/hdf5_file.h"

namespace lexicell {

struct ReadOptions {
    std::optional<std::string> genome;     // which genome of a 10x file that holds several
    bool all_features = false;             // 10x: keep antibody capture, peaks, ... beside gene expression
    std::optional<bool> genes_as_rows;     // text tables: orientation, where it cannot be seen
    double wall_seconds = 60;              // for HDF5; a second more for every 5 MB of the file
    std::optional<std::int64_t> memory_bytes;  // for HDF5: address space the reading may add; absent: what the machine has
    Hdf5Caps caps;                         // limits on hostile HDF5 files
};

// Recognises and reads h5ad, 10x h5, 10x mtx folders or .mtx files, loom and text tables. Error(unreadable) for what is
// damaged, unknown, or known and not supported; it then says what was found.
Dataset read_dataset(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
