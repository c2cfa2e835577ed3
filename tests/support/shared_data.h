#pragma once
// Where the real data and the reference tensors lie. Tests that need them say "skipped: no shared data" elsewhere.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace lexicell::testing_support {

inline std::filesystem::path folder_from(const char* variable, const std::filesystem::path& fallback) {
    const char* value = std::getenv(variable);
    return value && *value ? std::filesystem::path(value) : fallback;
}

inline std::filesystem::path shared_folder() { return folder_from("LEXICELL_SHARED", LEXICELL_SOURCE_DIR "/../shared"); }
inline std::filesystem::path golden_folder() { return folder_from("LEXICELL_GOLDEN", shared_folder() / "golden"); }

}  // namespace lexicell::testing_support

// First line of a test that reads `path`.
#define LEXICELL_NEEDS(path) \
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "skipped: no shared data"
