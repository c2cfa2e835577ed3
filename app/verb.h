#pragma once
// What every verb shares: the flag vocabulary of users.md 4.1 and the shape of an action.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/terminal.h"
#include "lexicell/io/read.h"
#include "lexicell/io/write_h5ad.h"

namespace lexicell::app {

struct CommonFlags {
    std::string log_level = "info";
    std::string progress = "auto";
    bool quiet = false;
    bool json = false;
    bool strict = false;
    bool timings = false;
    std::uint64_t max_memory = 0;  // bytes; 0 = what there is
    int threads = 0;               // 0 = all that the process may use
    std::uint64_t seed = 0;
};

// Does the work of one verb; what it returns is printed by --json.
using Action = std::function<nlohmann::json(const CommonFlags&, Terminal&)>;

// Registers one verb; when the command line names it, `action` is set.
using AddVerb = void (*)(CLI::App& app, Action& action);

void add_run(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_knowledge(CLI::App& app, Action& action);
void add_prep(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_embed(CLI::App& app, Action& action);
void add_cluster(CLI::App& app, Action& action);
void add_markers(CLI::App& app, Action& action);
void add_modules(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_score(CLI::App& app, Action& action);
void add_annotate(CLI::App& app, Action& action);
void add_integrate(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_pseudotime(CLI::App& app, Action& action);

int thread_count(const CommonFlags& flags);  // what --threads 0 stands for is counted here

// The positional input with its long form -i/--input.
void add_input(CLI::App& verb, std::filesystem::path& input);

// -o/--output and --overwrite.
struct OutputFlags {
    std::filesystem::path output;
    bool overwrite = false;
    WriteOptions h5ad;  // for verbs that write one
};
void add_output(CLI::App& verb, OutputFlags& output, const std::string& description);
// --compat: which readers of h5ad must understand the result.
void add_compat(CLI::App& verb, WriteOptions& options);
// Error(usage) when the target exists and --overwrite was not given; called before any work.
void check_output(const OutputFlags& output);

// --genome, --genes-as, ...: what the readers must be told.
void add_read_flags(CLI::App& verb, ReadOptions& read);

// Refuses a missing input before any work, Error(unreadable).
void check_input(const std::filesystem::path& input);

}  // namespace lexicell::app
