#pragma once
#include "tests/support/shared_data.h"

namespace lexicell::testing_support {

// Where scripts/fetch-orgdb puts the annotation files; tests that need them are skipped elsewhere.
inline std::filesystem::path orgdb_folder() { return folder_from("LEXICELL_ORGDB", LEXICELL_SOURCE_DIR "/build/orgdb"); }
inline std::filesystem::path orgdb_file() { return orgdb_folder() / "org.Hs.eg.sqlite"; }
inline std::filesystem::path godb_file() { return orgdb_folder() / "GO.sqlite"; }

}  // namespace lexicell::testing_support
