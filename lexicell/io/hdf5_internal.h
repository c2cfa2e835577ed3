#pragma once
// The HDF5 C API for the .cpp files of io that need it; no other room and no public header includes this.

#include <hdf5.h>

#include <string>

#include "lexicell/io/hdf5_file.h"

namespace lexicell {

static_assert(std::is_same_v<hid_t, std::int64_t>, "Hdf5Id holds a hid_t");

struct Hdf5State {
    std::filesystem::path path;
    std::int64_t file_bytes = 0;
    Sink* sink = nullptr;
    Hdf5Caps caps;
    Hdf5Id file;
    Hdf5Id link_access;  // refuses external links
    std::int64_t objects = 0, attribute_bytes = 0;
};

// Starts the library the way we use it: silent, without plugins, with our filters. Cheap when already done.
void start_hdf5();

// What the library's error stack says, innermost first; clears nothing.
struct Hdf5Failure {
    std::string message;
    bool memory = false;
    std::optional<int> system_error;  // an errno that the library met
};
Hdf5Failure hdf5_failure();

// Error(unreadable), or Error(memory) when the library ran out of it, with the library's own words.
[[noreturn]] void hdf5_refuse(const Hdf5State& state, const std::string& key, const std::string& action);

// A type as our own description of it; `dataset` marks texts that live in the global heap.
Hdf5Type describe_type(hid_t type);
std::vector<Hdf5Field> describe_fields(hid_t type);

// Memory type for texts as they are stored: variable-length stays so, fixed width keeps its width.
Hdf5Id text_memory_type(hid_t stored);
// The text in a fixed-width field of `width` bytes.
std::string fixed_text(const char* bytes, std::size_t width, H5T_str_t padding);
// Replaces bytes that are not UTF-8 by U+FFFD; true when there were any.
bool repair_utf8(std::string& text);

}  // namespace lexicell
