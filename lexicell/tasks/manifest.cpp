#include "lexicell/tasks/manifest.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "lexicell/base/hash.h"
#include "lexicell/base/parallel.h"
#include "lexicell/tasks/version.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
    utsname system{};
    return uname(&system) == 0 ? system.machine : "unknown";
}

// The first as "input", others in the list "more_inputs".
void record_input(json& document, json input) {
    if (!document.contains("input")) document["input"] = std::move(input);
    else document["more_inputs"].push_back(std::move(input));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Hashes of parts, and the bytes that went into them.
struct PartHashes {
    std::string text;
    std::uint64_t bytes = 0;

    void add(std::string_view part) {
        text += sha256(part) + "\n";
        bytes += part.size();
    }
    template <class T>
    void add(const std::vector<T>& values) { add(std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T))); }
    void add(const std::vector<std::string>& names) {
        std::string joined;
        for (const std::string& name : names) (joined += name) += '\0';
        add(std::string_view(joined));
    }
    void add(const Matrix& matrix) {
        if (const auto* dense = std::get_if<DenseMatrix>(&matrix)) return add(dense->values);
        const auto& sparse = std::get<CsrMatrix>(matrix);
        add(sparse.indptr), add(sparse.indices), add(sparse.values);
    }
};

}  // namespace

Manifest::Manifest(std::string command, std::uint64_t seed, int threads) : start_(std::chrono::steady_clock::now()) {
    document_ = {{"tool", "lexicell"},
                 {"version", version()},
                 {"command", std::move(command)},
                 {"started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                 {"seed", seed},
                 // L1: same host, same thread count, same bits (users.md 6).
                 {"determinism", "L1"},
                 {"libraries", {{"torch", TORCH_VERSION}}},
                 {"hardware", {{"processor", processor()},
                               {"threads", threads},
                               {"memory_bytes", static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE)},
                               {"device", "cpu"}}}};
}

void Manifest::add_input(const fs::path& path) {
    if (!fs::is_directory(path)) {
        record_input(document_, {{"file", path.filename().string()}, {"bytes", fs::file_size(path)}, {"sha256", sha256_file(path)}});
        return;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
    std::string hashes;
    std::uintmax_t bytes = 0;
    for (const fs::path& file : files) {
        hashes += file.filename().string() + " " + sha256_file(file) + "\n";
        bytes += fs::file_size(file);
    }
    record_input(document_, {{"file", path.filename().string()}, {"bytes", bytes}, {"sha256", sha256(hashes)}});
}

void Manifest::add_input(const Dataset& dataset, const std::string& name) {
    PartHashes parts;
    parts.add(dataset.obs.index), parts.add(dataset.var.index);
    if (dataset.x) parts.add(*dataset.x);
    if (dataset.raw) parts.add(dataset.raw->x), parts.add(dataset.raw->var.index);
    for (const auto& [key, layer] : dataset.layers) parts.add(std::string_view(key)), parts.add(layer);
    record_input(document_, {{"file", name}, {"bytes", parts.bytes}, {"sha256", sha256(parts.text)}, {"in_memory", true}});
}

void Manifest::end_stage() {
    if (!stage_.empty()) document_["seconds"][stage_] = seconds_since(stage_start_);
}

void Manifest::begin_stage(const std::string& name) {
    end_stage();
    stage_ = name;
    stage_start_ = std::chrono::steady_clock::now();
}

const json& Manifest::finish(const std::vector<Warning>& warnings) {
    end_stage();
    stage_.clear();
    document_["seconds"]["total"] = seconds_since(start_);
    document_["peak_memory_bytes"] = peak_resident_bytes();
    document_["warnings"] = json::array();
    for (const Warning& w : warnings) document_["warnings"].push_back({{"name", w.name}, {"count", w.count}, {"detail", w.detail}});
    return document_;
}

void append_run(const Dataset& base, const json& manifest, Dataset& additions) {
    StringArray runs;
    if (const auto it = base.uns.find("lexicell_runs"); it != base.uns.end())
        if (const auto* earlier = std::get_if<StringArray>(&it->second.content)) runs.values = earlier->values;
    runs.values.push_back(manifest.dump(-1, ' ', false, json::error_handler_t::replace));
    runs.shape = {static_cast<std::int64_t>(runs.values.size())};
    additions.uns["lexicell_runs"] = Value{runs};
}

std::int64_t peak_resident_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lexicell
