#include "app/verb.h"

#include <map>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"

namespace lexicell::app {

namespace fs = std::filesystem;

int thread_count(const CommonFlags& flags) { return flags.threads > 0 ? flags.threads : available_threads(); }

void add_input(CLI::App& verb, fs::path& input) {
    verb.add_option("input,-i,--input", input, "counts: .h5ad, 10x .h5, 10x matrix folder, .mtx, .csv, .tsv or .loom")->required();
}

void add_output(CLI::App& verb, OutputFlags& output, const std::string& description) {
    verb.add_option("-o,--output", output.output, description)->required();
    verb.add_flag("--overwrite", output.overwrite, "replace an existing output");
}

void add_compat(CLI::App& verb, WriteOptions& options) {
    const std::map<std::string, Compat> versions = {{"0.8", Compat::v0_8}, {"0.10", Compat::v0_10}, {"0.12", Compat::v0_12}};
    verb.add_option_function<std::string>("--compat", [&options, versions](const std::string& version) { options.compat = versions.at(version); },
                                          "oldest anndata that must read the result: 0.8, 0.10 or 0.12; default 0.8")
        ->check(CLI::IsMember({"0.8", "0.10", "0.12"}));
}

void add_read_flags(CLI::App& verb, ReadOptions& read) {
    verb.add_option("--genome", read.genome, "which genome of a 10x file with several")->group("Reading");
    verb.add_flag("--all-features", read.all_features, "also antibody and other features of a 10x file")->group("Reading");
    verb.add_option_function<std::string>(
            "--genes-as", [&read](const std::string& axis) { read.genes_as_rows = axis == "rows"; },
            "rows or columns: what the genes are in a text matrix")
        ->check(CLI::IsMember({"rows", "columns"}))->group("Reading");
    verb.add_flag_callback("--untrusted", [] {}, "parse HDF5 in a guarded child process; always done")->group("Reading");
}

void check_output(const OutputFlags& output) {
    if (fs::exists(output.output) && !output.overwrite)
        throw Error(ErrorKind::usage, {.type = "output-exists", .message = "the output already exists", .file = output.output.string(),
                                       .hint = "choose another -o or add --overwrite"});
}

void check_input(const fs::path& input) {
    std::error_code error;
    if (!fs::exists(input, error))
        throw Error(ErrorKind::unreadable, {.type = "no-such-file", .message = error ? error.message() : "there is no such file or folder",
                                            .file = input.string(), .hint = "check the path"});
}

}  // namespace lexicell::app
