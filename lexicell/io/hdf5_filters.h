#pragma once
// Compression inside HDF5 (formats.md 1.2): what the library lacks and we add, and what we refuse.

#include <string>

namespace lexicell {

// Registers lzf, zstd, lz4 and blosc for reading, zstd also for writing.
void register_hdf5_filters();
bool hdf5_filter_allowed(int filter);
std::string hdf5_filter_name(int filter);

inline constexpr int hdf5_zstd_filter = 32015;

}  // namespace lexicell
