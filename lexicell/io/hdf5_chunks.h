#pragma once
#include <cstddef>

#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

// Reads a whole dataset into `out` by taking its chunks as they are stored and inflating them with libdeflate on several
// threads, where the library has one thread and zlib. False, with nothing read, unless the dataset is of the common
// kind: stored in the memory type `memory`, one or two dimensions, every chunk there, filters none, gzip or
// shuffle + gzip, and at least a megabyte.
bool read_chunks(const Hdf5Dataset& dataset, const Hdf5State& state, hid_t memory, std::byte* out);

}  // namespace lexicell
