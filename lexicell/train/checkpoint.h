#pragma once
// Where training stands, on disk (formats.md 8.3): folders checkpoint-<step>, each whole or absent.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "lexicell/base/sink.h"
#include "lexicell/io/safetensors.h"

namespace lexicell {

struct Checkpoint {
    std::uint64_t step = 0;
    SafetensorsFile model;                // parameters and buffers now
    std::optional<SafetensorsFile> best;  // those of the best validation so far
    SafetensorsFile optimizer;
    std::string sampler;                  // JSON: place in the order of cells, seed of every random number
    std::string trainer;                  // JSON: step, early stopping, loss history, what the run is
};

// checkpoint-<step>/{model,best,optimizer}.safetensors, sampler.json, trainer_state.json, and COMPLETE with the hash of
// each; `latest` names the newest. Every checkpoint holds the best weights too, so any single one is enough to go on.
class CheckpointStore {
public:
    // Keeps the newest `keep` (at least 2) checkpoints. Creates the folder and removes what a killed run left unfinished.
    explicit CheckpointStore(std::filesystem::path folder, std::size_t keep = 2);

    const std::filesystem::path& folder() const { return folder_; }
    void save(const Checkpoint& checkpoint);  // Error(write); the older checkpoints stay then
    // The newest whose hashes verify; damaged ones are named in a warning and passed over. Error(model,
    // "no-usable-checkpoint") when there are checkpoints and every one is damaged.
    std::optional<Checkpoint> newest(Sink& sink) const;

private:
    std::filesystem::path folder_;
    std::size_t keep_;
};

}  // namespace lexicell
