#include <cstdlib>
#include <iostream>
#include <new>
#include <set>

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

#include "app/arguments.h"
#include "app/process_environment.h"
#include "app/verb.h"
#include "lexicell/base/error.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/version.h"

namespace {

using namespace lexicell;
using namespace lexicell::app;
using nlohmann::json;

void add_common(CLI::App& verb, CommonFlags& flags) {
    verb.add_option("--threads", flags.threads, "threads to use; 0 = all available")->check(CLI::Range(0, 4096))->group("Common");
    verb.add_option("--seed", flags.seed, "seed of every random choice")->group("Common");
    verb.add_option("--log-level", flags.log_level, "error, warning, info or debug")
        ->check(CLI::IsMember({"error", "warning", "info", "debug"}))->group("Common");
    verb.add_option("--progress", flags.progress, "auto, never or plain")->check(CLI::IsMember({"auto", "never", "plain"}))->group("Common");
    verb.add_flag("--quiet,-q", flags.quiet, "say errors only")->group("Common");
    verb.add_flag("--json", flags.json, "print the result (or the error) as one JSON document")->group("Common");
    verb.add_option("--max-memory", flags.max_memory, "stop with exit code 6 rather than use more, e.g. 4GB; 0 = what there is")
        ->transform(CLI::AsSizeValue(false))->group("Common");
    verb.add_flag("--timings", flags.timings, "say at the end where the time and the memory went")->group("Common");
    verb.add_flag("--strict", flags.strict, "any warning ends with exit code 4")->group("Common");
}

LogLevel level_of(const CommonFlags& flags) {
    if (flags.quiet || flags.log_level == "error") return LogLevel::error;
    if (flags.log_level == "warning") return LogLevel::warning;
    return flags.log_level == "info" ? LogLevel::info : LogLevel::debug;
}

ProgressStyle style_of(const CommonFlags& flags) {
    if (flags.quiet || flags.progress == "never") return ProgressStyle::never;
    return flags.progress == "plain" ? ProgressStyle::plain : ProgressStyle::automatic;
}

json warnings_json(const Terminal& terminal) {
    json list = json::array();
    for (const Warning& w : terminal.warnings()) list.push_back({{"name", w.name}, {"count", w.count}, {"detail", w.detail}});
    return list;
}

int report_error(const Error& e, const CommonFlags& flags, const Terminal& terminal) {
    const ErrorDetail& d = e.detail();
    if (flags.json) {
        json error = {{"code", e.exit_code()}, {"type", d.type}, {"message", d.message}, {"file", d.file}, {"key", d.key},
                      {"offset", d.offset ? json(*d.offset) : json()}, {"found", d.found}, {"expected", d.expected}, {"hint", d.hint}};
        const json document = {{"error", error}, {"warnings", warnings_json(terminal)}, {"tool", "lexicell"}, {"version", version()}};
        std::cerr << document.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
    } else {
        std::cerr << "error: " << e.what() << "\n";
    }
    return e.exit_code();
}

// Counts what the process itself allocates; shared libraries and files are not its data.
void limit_memory(std::uint64_t bytes) {
    if (bytes == 0) return;
    const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
    setrlimit(RLIMIT_DATA, &limit);
}

void print_timings(const json& result) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    if (const json::json_pointer seconds("/manifest/seconds"); result.contains(seconds))
        for (const auto& [stage, value] : result.at(seconds).items()) fmt::print(stderr, "timings: {:12} {:9.2f} s\n", stage, value.get<double>());
    const auto in_seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    fmt::print(stderr, "timings: processor {:.2f} s in the program, {:.2f} s in the system; peak memory {:.0f} MB\n", in_seconds(usage.ru_utime),
               in_seconds(usage.ru_stime), static_cast<double>(peak_resident_bytes()) / 1e6);
}

// LibTorch reports an allocation that failed as an error of its own.
bool is_out_of_memory(const std::exception& e) {
    return dynamic_cast<const std::bad_alloc*>(&e) || std::string_view(e.what()).find("DefaultCPUAllocator") != std::string_view::npos;
}

Error out_of_memory(const CommonFlags& flags) {
    return Error(ErrorKind::memory, {.type = "out-of-memory", .message = "not enough memory", .key = flags.max_memory > 0 ? "--max-memory" : "",
                                     .hint = flags.max_memory > 0 ? "raise the limit, or use a smaller input" : "use a machine with more memory or a smaller input"});
}

int run_action(const Action& action, const CommonFlags& flags) {
    Terminal terminal(style_of(flags), level_of(flags));
    try {
        limit_memory(flags.max_memory);
        json result = action(flags, terminal);
        if (flags.timings) print_timings(result);
        if (flags.json) {
            result["warnings"] = warnings_json(terminal);
            result["tool"] = "lexicell";
            result["version"] = version();
            std::cout << result.dump(2, ' ', false, json::error_handler_t::replace) << std::endl;
            if (!std::cout)
                throw Error(ErrorKind::write, {.type = "write-failed", .message = "cannot write the result to standard output"});
        }
        if (flags.strict && !terminal.warnings().empty())
            throw Error(ErrorKind::precondition, {.type = "strict", .message = fmt::format("{} warnings under --strict, the first: {}", terminal.warnings().size(), terminal.warnings().front().detail),
                                                  .hint = "the result was written; run without --strict to accept it"});
        return 0;
    } catch (const Error& e) {
        if (e.kind() != ErrorKind::interrupted) return report_error(e, flags, terminal);
        ErrorDetail detail = e.detail();
        detail.hint = "the same command with --resume auto goes on from here";
        return report_error(Error(received_signal() == SIGTERM ? ErrorKind::terminated : ErrorKind::interrupted, detail), flags, terminal);
    } catch (const std::exception& e) {
        if (is_out_of_memory(e)) return report_error(out_of_memory(flags), flags, terminal);
        return report_error(Error(ErrorKind::internal, {.type = "internal", .message = e.what(),
                                                        .hint = "please report this with the command that led here"}), flags, terminal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    settle_environment(argv);
    // Freed pages stay with the process: handing them back and faulting them in again costs 1.4x in training
    // (performance.md 1, finding 9).
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    install_signal_handlers();

    CLI::App app("lexicell learns representations of single cells and of genes with the help of language.", "lexicell");
    app.footer("Examples:\n  lexicell run counts.h5ad -o out\n  lexicell info counts.h5ad\n  lexicell VERB --help\n\n"
               "Exit codes: 0 ok, 1 internal, 2 usage, 3 input unreadable, 4 input unsuitable, 5 model, 6 memory,\n"
               "7 device, 8 write, 9 diverged, 10 own limit, 130/143 interrupted.");
    app.set_version_flag("--version", "lexicell " + version());
    app.require_subcommand(1);
    app.option_defaults()->always_capture_default();
    app.set_config("--config", "", "a TOML file with one section a verb, e.g. [run]")->check(CLI::ExistingFile);
    bool print_config = false;
    app.add_flag("--print-config", print_config, "print the effective configuration as TOML and stop");
    app.add_option("--set", "override one key: --set run.seed=1; above environment and file, below flags")
        ->type_name("KEY=VALUE")->take_all();
    app.fallthrough();

    CommonFlags flags;
    Action action;
    for (const AddVerb add : {add_run, add_info, add_convert, add_knowledge, add_prep, add_train, add_embed, add_cluster,
                              add_markers, add_modules, add_pseudotime, add_annotate, add_integrate, add_compare, add_score, add_report})
        add(app, action);
    for (CLI::App* verb : app.get_subcommands({})) {
        if (verb->get_subcommands({}).empty()) add_common(*verb, flags);
        for (CLI::App* second : verb->get_subcommands({})) add_common(*second, flags);
    }

    try {
        const std::vector<std::string> arguments = effective_arguments(app, argc, argv);
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& e) {
        const bool asked = e.get_exit_code() == 0;  // --help, --version
        const int code = app.exit(e);
        return asked ? 0 : (code == 0 ? 0 : static_cast<int>(ErrorKind::usage));
    }
    if (print_config) {
        std::cout << app.config_to_str(true, false);
        return 0;
    }
    return run_action(action, flags);
}
