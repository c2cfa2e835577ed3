// Damages h5ad files in every way and reads them: the reader must always end in an answer or a refusal (users.md T2, T3,
// T4; formats.md 1.1). Run with --help.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lexicell/base/random.h"
#include "lexicell/io/read.h"

namespace {

using namespace lexicell;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Plan {
    std::string mode = "mutate";
    std::int64_t count = 4000;
    double seconds = 0, wall = 2;
    std::uint64_t seed = 7;
    fs::path keep;
    std::vector<std::string> files;
};

std::string bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Every size in a data set, without names: what a damaged file must not change in silence.
std::string shapes_of(const Dataset& data) {
    std::string out = fmt::format("{} x {}", data.cells(), data.genes());
    const auto matrix = [&](const Matrix& m) { out += fmt::format(" {}x{}", rows_of(m), cols_of(m)); };
    const auto axis_array = [&](const AxisArray& array) {
        if (const auto* frame = std::get_if<Frame>(&array)) out += fmt::format(" {}/{}", frame->rows(), frame->columns.size());
        else std::visit([&](const auto& m) { if constexpr (!std::is_same_v<std::decay_t<decltype(m)>, Frame>) out += fmt::format(" {}x{}", m.rows, m.cols); }, array);
    };
    out += fmt::format(" columns {} {}", data.obs.columns.size(), data.var.columns.size());
    if (data.x) matrix(*data.x);
    for (const auto* members : {&data.layers, &data.obsp, &data.varp}) {
        out += fmt::format(" | {}", members->size());
        for (const auto& [key, m] : *members) matrix(m);
    }
    for (const auto* members : {&data.obsm, &data.varm}) {
        out += fmt::format(" | {}", members->size());
        std::vector<std::string> sizes;
        for (const auto& [key, array] : *members) axis_array(array);
    }
    if (data.raw) matrix(data.raw->x);
    return out;
}

// 1 to 8 bytes anywhere: a flipped bit, a random byte, or one of 00 01 7F 80 FF.
void mutate(std::string& bytes, RandomStream& random) {
    static constexpr unsigned char favourites[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    for (std::uint64_t changes = 1 + random.below(8); changes > 0; --changes) {
        char& byte = bytes[random.below(bytes.size())];
        switch (random.below(3)) {
            case 0: byte = static_cast<char>(byte ^ (1 << random.below(8))); break;
            case 1: byte = static_cast<char>(random.below(256)); break;
            default: byte = static_cast<char>(favourites[random.below(5)]);
        }
    }
}

// The damaged content number `index`; false when there are no more.
bool damage(const Plan& plan, const std::string& original, std::int64_t index, std::string& out) {
    RandomStream random(random_key(plan.seed, 0), static_cast<std::uint64_t>(index));
    const auto size = static_cast<std::int64_t>(original.size());
    out = original;
    if (plan.mode == "mutate") {
        mutate(out, random);
        return index < plan.count;
    }
    if (plan.mode == "flip") {
        char& byte = out[random.below(out.size())];
        byte = static_cast<char>(byte ^ (1 << random.below(8)));
        return index < plan.count;
    }
    // Evenly spaced lengths, then the last 64 bytes one by one.
    const std::int64_t tail = std::min<std::int64_t>(64, size - 1);
    if (index >= plan.count + tail) return false;
    out.resize(static_cast<std::size_t>(index < plan.count ? size * index / plan.count : size - 1 - (index - plan.count)));
    return true;
}

enum Outcome { loads, warns, refused, crashed, timed_out, memory, other_error, wrong, outcomes };
const char* const names[outcomes] = {"loads", "loads+W", "refused", "crash caught", "time limit", "memory", "other error", "WRONG"};

// Reads one damaged file; `wrong` means that the promise of the mode is broken, and `why` says how.
Outcome judge(const Plan& plan, const fs::path& file, const std::string& shapes, std::string& why) {
    RecordingSink sink;
    ReadOptions options;
    options.wall_seconds = plan.wall;
    try {
        const Dataset data = read_dataset(file, options, sink);
        if (plan.mode == "truncate") {
            why = "a cut file was read";
            return wrong;
        }
        if (plan.mode == "flip" && sink.warnings.empty() && shapes_of(data) != shapes) {
            why = fmt::format("shapes changed in silence: {} became {}", shapes, shapes_of(data));
            return wrong;
        }
        return sink.warnings.empty() ? loads : warns;
    } catch (const Error& error) {
        const bool names_place = error.detail().file == file.string() && error.detail().offset;
        if (plan.mode == "truncate" && (error.kind() != ErrorKind::unreadable || !names_place)) {
            why = fmt::format("exit {} without file and offset: {}", error.exit_code(), error.what());
            return wrong;
        }
        if (error.detail().type == "hdf5-crash") return crashed;
        if (error.detail().type == "time-limit") return timed_out;
        if (error.kind() == ErrorKind::memory) return memory;
        if (error.kind() == ErrorKind::unreadable) return refused;
        why = error.what();
        return error.kind() == ErrorKind::internal ? wrong : other_error;
    }
}

// The reader is counted on the process that calls it: a worker that dies is a death of the parent in the sense of T2.
struct Tally {
    std::int64_t counts[outcomes] = {};
    std::int64_t deaths = 0, total = 0;
    double longest = 0;
};

Tally attack(const Plan& plan, const fs::path& source, const fs::path& folder) {
    const std::string original = bytes_of(source);
    const std::string shapes = shapes_of(read_dataset(source));  // a file that is damaged from the start proves nothing
    const fs::path file = folder / source.filename();
    const auto start = Clock::now();
    const auto keep = [&](std::int64_t index, const std::string& why) {
        fmt::print(stderr, "{} #{}: {}\n", source.string(), index, why);
        if (!plan.keep.empty()) fs::copy_file(file, plan.keep / fmt::format("{}.{}.{}", source.filename().string(), plan.mode, index), fs::copy_options::overwrite_existing);
    };
    Tally tally;
    std::string damaged;
    for (std::int64_t index = 0;;) {
        int pipe[2];
        if (::pipe(pipe) != 0) throw std::runtime_error("no pipe");
        std::fflush(nullptr);
        const pid_t worker = ::fork();
        if (worker == 0) {
            ::close(pipe[0]);
            for (;; ++index) {
                const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
                if ((plan.seconds > 0 && elapsed > plan.seconds) || !damage(plan, original, index, damaged)) break;
                std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
                const auto begin = Clock::now();
                std::string why;
                const Outcome outcome = judge(plan, file, shapes, why);
                const double took = std::chrono::duration<double>(Clock::now() - begin).count();
                if (outcome == wrong || outcome == other_error) keep(index, why);
                const struct { Outcome outcome; double took; } message{outcome, took};
                if (::write(pipe[1], &message, sizeof message) != sizeof message) ::_exit(2);
            }
            ::_exit(0);
        }
        ::close(pipe[1]);
        struct { Outcome outcome; double took; } message;
        while (::read(pipe[0], &message, sizeof message) == sizeof message) {
            ++tally.counts[message.outcome];
            ++tally.total;
            tally.longest = std::max(tally.longest, message.took);
            ++index;
        }
        ::close(pipe[0]);
        int status = 0;
        ::waitpid(worker, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return tally;
        ++tally.deaths;
        ++tally.total;
        keep(index++, fmt::format("the reading process died with status {}", status));
    }
}

}  // namespace

int main(int argc, char** argv) {
    Plan plan;
    CLI::App app{
        "Damages h5ad files and reads them. Exit 0 when the promise held for every one.\n\n"
        "  mutate    1 to 8 random bytes; the reader must not die (T2)\n"
        "  truncate  COUNT evenly spaced lengths and the last 64 bytes one by one; always refused, naming file and offset (T3)\n"
        "  flip      one bit; never read without a warning into other shapes (T4)\n\n"
        "The long forms are --mode mutate --count 10000, --mode truncate --count 1000 and --mode flip --count 100000 over\n"
        "the archives of anndata and ten files of your own; the tests run a few hundred."};
    app.add_option("--mode", plan.mode, "mutate, truncate or flip")->check(CLI::IsMember({"mutate", "truncate", "flip"}))->capture_default_str();
    app.add_option("--count", plan.count, "damaged copies of each file")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--seconds", plan.seconds, "stop with each file after so long; 0: never")->capture_default_str();
    app.add_option("--wall", plan.wall, "seconds one reading may take before it is ended")->capture_default_str();
    app.add_option("--seed", plan.seed, "of the random changes")->capture_default_str();
    app.add_option("--keep", plan.keep, "folder for the files that broke the promise");
    app.add_option("files", plan.files, "h5ad files")->required();
    CLI11_PARSE(app, argc, argv);
    if (!plan.keep.empty()) fs::create_directories(plan.keep);
    for (const std::string& file : plan.files) {
        if (fs::exists(file)) continue;
        fmt::print("skipped: no {}\n", file);
        return 77;
    }
    const fs::path folder = fs::temp_directory_path() / fmt::format("lexicell-mutations-{}", ::getpid());
    fs::create_directories(folder);
    std::int64_t broken = 0;
    fmt::print("{:>9}", "copies");
    for (const char* name : names) fmt::print("  {:>12}", name);
    fmt::print("  {:>7}  {:>9}  file\n", "deaths", "longest s");
    for (const std::string& file : plan.files) {
        Tally tally;
        try {
            tally = attack(plan, file, folder);
        } catch (const std::exception& error) {
            fmt::print(stderr, "{}\n", error.what());
            return 1;
        }
        fmt::print("{:>9}", tally.total);
        for (const std::int64_t count : tally.counts) fmt::print("  {:>12}", count);
        fmt::print("  {:>7}  {:>9.2f}  {}\n", tally.deaths, tally.longest, file);
        std::fflush(stdout);
        broken += tally.deaths + tally.counts[wrong];
    }
    fs::remove_all(folder);
    return broken ? 1 : 0;
}
