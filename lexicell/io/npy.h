#pragma once
// NumPy arrays: .npy of versions 1 to 3 and .npz archives of them (numpy/lib/format.py describes both).

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "lexicell/base/error.h"
#include "lexicell/data/value.h"
#include "lexicell/io/host_tensor.h"

namespace lexicell {

// Numbers of any width, and text of fixed width ('U' and 'S'); row-major and little-endian here, whatever the file is.
using NpyArray = std::variant<HostTensor, StringArray>;

// Error(`kind`) for what is damaged or holds other elements: Python objects (they would have to be unpickled, which runs
// code of the file's author), records, complex numbers, dates.
NpyArray read_npy(const std::filesystem::path& path, ErrorKind kind = ErrorKind::unreadable);
NpyArray parse_npy(std::string_view bytes, const std::string& name, ErrorKind kind = ErrorKind::unreadable);

// The members of an .npz by their names without ".npy".
std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path, ErrorKind kind = ErrorKind::unreadable);

}  // namespace lexicell
