#pragma once
#include <filesystem>
#include <functional>

#include "lexicell/io/hdf5_file.h"
#include "lexicell/io/read.h"

namespace lexicell {

// The one way into an HDF5 file: opens it in a guarded child, parses there, and returns the checked result here.
// `parse` speaks through file.sink(). The origin's file is set; its format is the parser's to set.
Dataset read_hdf5(const std::filesystem::path& path, const ReadOptions& options, Sink& sink,
                  const std::function<Dataset(const Hdf5File& file)>& parse);

// Offset of the HDF5 signature (0, 512, 1024, ...) or nothing: not HDF5.
std::optional<std::uint64_t> find_hdf5_signature(const std::filesystem::path& path);

// Error(unreadable) unless `path` is a regular file that can be opened.
void require_regular_file(const std::filesystem::path& path);

}  // namespace lexicell
