#pragma once
// A Dataset as bytes, for the way from a guard's child to its parent.

#include "lexicell/data/dataset.h"
#include "lexicell/io/byte_stream.h"

namespace lexicell {

// Gives the memory of each array back once it is written, so that the data set is never there twice.
void encode_dataset(Dataset dataset, ByteWriter& out);

// Checks every length while reading and then every invariant (check_dataset): Error(unreadable) otherwise.
Dataset decode_dataset(std::span<const std::byte> bytes);

// Throws Error(unreadable) unless the invariants of data/ hold: CSR structure, category codes, sizes along both axes.
void check_dataset(const Dataset& dataset);

}  // namespace lexicell
