#pragma once
// How a result was made: versions, seeds, input hash, parameters, hardware, times (users.md N18). The same document is
// the run's manifest.json, one string of uns['lexicell_runs'], and the last section of its report.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"

namespace lexicell {

class Manifest {
public:
    Manifest(std::string command, std::uint64_t seed, int threads);

    nlohmann::json& document() { return document_; }  // free for further keys
    // SHA-256 and size of a file, or of a folder's files in name order.
    void add_input(const std::filesystem::path& path);
    // The same of data that never was a file: names of cells and genes, and all values of x, raw and layers, under a name.
    void add_input(const Dataset& dataset, const std::string& name);
    // Ends the stage before and begins another; times stand under "seconds".
    void begin_stage(const std::string& name);
    // Ends the last stage and adds times, peak memory and warnings.
    const nlohmann::json& finish(const std::vector<Warning>& warnings);

private:
    void end_stage();
    nlohmann::json document_;
    std::string stage_;
    std::chrono::steady_clock::time_point start_, stage_start_;
};

// Adds the manifest to uns['lexicell_runs'] of `additions`, after those that `base` holds.
void append_run(const Dataset& base, const nlohmann::json& manifest, Dataset& additions);

std::int64_t peak_resident_bytes();  // of this process so far

}  // namespace lexicell
