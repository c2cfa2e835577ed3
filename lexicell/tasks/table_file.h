#pragma once
#include <filesystem>

#include "lexicell/report/table.h"

namespace lexicell {

// The table as a delimited file, its columns as the header; by the ending a .tsv, else a .csv. Error(write).
void write_table(const Table& table, const std::filesystem::path& path);

}  // namespace lexicell
