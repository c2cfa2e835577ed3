#pragma once
// The elements of an h5ad file, one reader each (formats.md 2). Only io includes this.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lexicell/data/dataset.h"
#include "lexicell/io/hdf5_file.h"

namespace lexicell {

using Hdf5Element = std::variant<Hdf5Group, Hdf5Dataset>;

const Hdf5Object& object_of(const Hdf5Element& element);

// `encoding-type` in lower case (muon wrote "AnnData", scverse/anndataR#511), or the legacy attribute h5sparse_format as
// "csr_matrix" / "csc_matrix"; "" when there is none. An encoding-version we do not know is refused as not supported.
std::string encoding_of(const Hdf5Object& object);

// Whether a refusal means "we cannot read such elements" and not "the file is damaged". The first kind is skipped where
// nobody needs the element, the second always ends the reading.
bool is_unsupported(const Error& error);
[[noreturn]] void refuse_unsupported(const Hdf5Object& object, std::string found, std::string expected);

// A sparse group or a dense dataset of rows x cols; the size must fit.
Matrix read_matrix(const Hdf5Element& element, std::int64_t rows, std::int64_t cols);
// The same of any size.
Matrix read_matrix(const Hdf5Element& element);

// A matrix or frame with `rows` rows: a member of obsm or varm.
AxisArray read_axis_array(const Hdf5Element& element, std::int64_t rows);

// Level names of categorical columns that the oldest layouts keep in uns, by column.
using LegacyCategories = std::map<std::string, std::vector<std::string>>;

// A dataframe group or the compound dataset of the oldest layouts. Columns we cannot read are named in `opaque`
// (key paths) with a warning; categories that were used are named in `used_categories`.
struct FrameReading {
    Frame frame;
    std::vector<std::string> opaque;
    std::vector<std::string> used_categories;
};
FrameReading read_frame(const Hdf5Element& element, const LegacyCategories& categories = {});

// The index alone, of either kind of table.
std::vector<std::string> read_frame_index(const Hdf5Element& element);

// One column of `rows` values.
Column read_column(const Hdf5Element& element, std::int64_t rows);

// A member of uns, or nothing when it is of a kind that data/value.h cannot hold; such keys are added to `opaque`.
std::optional<Value> read_value(const Hdf5Element& element, std::vector<std::string>& opaque);

}  // namespace lexicell
