#include "lexicell/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/train/sealed_folder.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "checkpoint-";
constexpr const char* complete = "COMPLETE";

std::optional<std::uint64_t> step_of(const fs::path& folder) {
    const std::string name = folder.filename().string();
    if (!name.starts_with(prefix)) return std::nullopt;
    std::uint64_t step = 0;
    const auto [end, error] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), step);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return step;
}

// (step, folder), newest first.
std::vector<std::pair<std::uint64_t, fs::path>> checkpoints_in(const fs::path& folder) {
    std::vector<std::pair<std::uint64_t, fs::path>> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (const auto step = step_of(entry.path())) found.emplace_back(*step, entry.path());
    std::sort(found.rbegin(), found.rend());
    return found;
}

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Checkpoint load(std::uint64_t step, const fs::path& folder) {
    verify_sealed_folder(folder, complete);
    Checkpoint checkpoint{.step = step,
                          .model = read_safetensors(folder / "model.safetensors"),
                          .optimizer = read_safetensors(folder / "optimizer.safetensors", {.allow_nonfinite = true}),
                          .sampler = read_text(folder / "sampler.json"),
                          .trainer = read_text(folder / "trainer_state.json")};
    if (fs::exists(folder / "best.safetensors")) checkpoint.best = read_safetensors(folder / "best.safetensors");
    return checkpoint;
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path folder, std::size_t keep) : folder_(std::move(folder)), keep_(std::max<std::size_t>(keep, 2)) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed)
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot create the folder: " + failed.message(),
                                       .file = folder_.string(), .hint = "check that its parent exists and may be written to"});
    sweep_temporaries(folder_);
    // One run owns the folder, so an unfinished checkpoint is that of a run that was killed.
    for (const auto& entry : fs::directory_iterator(folder_, failed))
        if (entry.path().filename().string().starts_with(".checkpoint-")) fs::remove_all(entry.path(), failed);
}

void CheckpointStore::save(const Checkpoint& checkpoint) {
    const std::string name = fmt::format("{}{}", prefix, checkpoint.step);
    const fs::path partial = folder_ / ("." + name + ".partial");
    std::error_code failed;
    fs::remove_all(partial, failed);
    try {
        fs::create_directory(partial);
        write_safetensors(checkpoint.model, partial / "model.safetensors");
        if (checkpoint.best) write_safetensors(*checkpoint.best, partial / "best.safetensors");
        write_safetensors(checkpoint.optimizer, partial / "optimizer.safetensors");
        write_file_atomically(partial / "sampler.json", checkpoint.sampler);
        write_file_atomically(partial / "trainer_state.json", checkpoint.trainer);
        seal_folder(partial, complete);
        publish_folder(partial, folder_ / name, true);
    } catch (const fs::filesystem_error& e) {
        fs::remove_all(partial, failed);
        throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot write the checkpoint: " + e.code().message(),
                                       .file = (folder_ / name).string(), .hint = "check the disk and its permissions"});
    } catch (...) {
        fs::remove_all(partial, failed);
        throw;
    }
    write_file_atomically(folder_ / "latest", name + "\n");
    const auto all = checkpoints_in(folder_);
    for (std::size_t i = keep_; i < all.size(); ++i) fs::remove_all(all[i].second, failed);
}

std::optional<Checkpoint> CheckpointStore::newest(Sink& sink) const {
    const auto all = checkpoints_in(folder_);
    for (const auto& [step, folder] : all) {
        try {
            return load(step, folder);
        } catch (const Error& e) {
            sink.warn({.name = "damaged-checkpoint", .count = 1, .detail = e.what()});
        }
    }
    if (all.empty()) return std::nullopt;
    throw Error(ErrorKind::model, {.type = "no-usable-checkpoint", .message = "every checkpoint is damaged", .file = folder_.string(),
                                   .found = fmt::format("{} damaged checkpoints", all.size()),
                                   .hint = "start anew in another folder or with --overwrite"});
}

}  // namespace lexicell
