#pragma once
// A folder whose list of SHA-256 hashes vouches for every file in it: checkpoints and model folders.

#include <filesystem>
#include <string>

namespace lexicell {

// Writes "<hash>  <name>" of every file in `folder` (not its subfolders, not the list itself) to `list`, sorted by name.
void seal_folder(const std::filesystem::path& folder, const std::string& list);

// Error(model) unless the folder holds exactly the regular files that `list` names, each with its hash.
void verify_sealed_folder(const std::filesystem::path& folder, const std::string& list);

}  // namespace lexicell
