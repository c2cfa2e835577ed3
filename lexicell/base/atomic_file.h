#pragma once
// Crash-safe writing (formats.md 7): whatever happens, the target is the whole old thing or the whole new one.

#include <filesystem>
#include <functional>
#include <string_view>

namespace lexicell {

// Calls write(temporary) with the path of a fresh file beside `target`, then flushes it, renames it over `target` and
// flushes the folder. On any error the temporary file is removed, `target` is untouched, and Error(write) is thrown.
void write_file_atomically(const std::filesystem::path& target,
                           const std::function<void(const std::filesystem::path& temporary)>& write);

// The same for bytes at hand.
void write_file_atomically(const std::filesystem::path& target, std::string_view bytes);

// Makes `partial`, a finished folder beside `target`, appear as `target` by one rename: flushes every file and folder
// in it first. With `overwrite`, an existing `target` is exchanged and then removed; otherwise it is Error(usage).
void publish_folder(const std::filesystem::path& partial, const std::filesystem::path& target, bool overwrite);

// The same for a folder: calls write(partial) with a fresh folder beside `target`, then publishes it. On any error the
// partial folder is removed and `target` is untouched.
void write_folder_atomically(const std::filesystem::path& target, bool overwrite,
                             const std::function<void(const std::filesystem::path& partial)>& write);

// Removes temporaries (".<name>.tmp.<pid>.<rand>") that dead processes left in `folder`.
void sweep_temporaries(const std::filesystem::path& folder);

}  // namespace lexicell
