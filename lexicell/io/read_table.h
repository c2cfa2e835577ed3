#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "lexicell/data/frame.h"
#include "lexicell/io/text_source.h"

namespace lexicell {

struct TableOptions {
    // The column that becomes the index. Absent: the first one, or the unnamed one that a header with one name fewer implies.
    std::optional<std::string> index;
};

// A csv or tsv table with a header as typed columns: whole numbers, numbers, true/false, else text. NA, NaN, null and
// empty fields are missing. Column names must differ; those of the index need not.
Frame read_table(const std::filesystem::path& path, const TableOptions& options = {});
Frame read_table(TextSource source, const TableOptions& options = {});

}  // namespace lexicell
