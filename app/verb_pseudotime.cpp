#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/graph/pseudotime.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/obsm_matrix.h"
#include "lexicell/tasks/require_column.h"

namespace lexicell::app {

namespace {

struct PseudotimeFlags {
    std::filesystem::path input;
    OutputFlags output;
    ReadOptions read;
    PseudotimeOptions options;
    std::string obsm = "X_scilama", key = "lexicell_pseudotime";
    std::optional<std::string> root, group_column, root_group;
};

std::int64_t root_of(const Dataset& data, const DenseMatrix& points, const PseudotimeFlags& flags, int threads) {
    if (flags.root) {
        const auto found = std::ranges::find(data.obs.index, *flags.root);
        if (found == data.obs.index.end())
            throw Error(ErrorKind::precondition, {.type = "no-root", .message = "no cell has this name", .key = "--root", .found = *flags.root});
        return found - data.obs.index.begin();
    }
    if (!flags.group_column || !flags.root_group)
        throw Error(ErrorKind::usage, {.type = "no-root", .message = "pseudotime starts somewhere", .key = "--root",
                                       .expected = "--root CELL, or --obs-group COLUMN with --root-group VALUE, whose medoid is taken"});
    const Categorical groups = as_categorical(require_column(data.obs, *flags.group_column));
    std::vector<std::int64_t> members;
    for (std::size_t i = 0; i < groups.codes.size(); ++i)
        if (groups.codes[i] >= 0 && groups.categories[groups.codes[i]] == *flags.root_group) members.push_back(static_cast<std::int64_t>(i));
    if (members.empty())
        throw Error(ErrorKind::precondition, {.type = "no-root", .message = "no cell is in this group", .key = "--root-group", .found = *flags.root_group});
    return medoid(points, members, threads);
}

// Median time of each group, over the cells that are reached.
nlohmann::json medians(const Pseudotime& found, const Categorical& groups) {
    std::map<std::string, std::vector<double>> times;
    for (std::size_t i = 0; i < groups.codes.size(); ++i)
        if (groups.codes[i] >= 0 && std::isfinite(found.time[i])) times[groups.categories[groups.codes[i]]].push_back(found.time[i]);
    nlohmann::json out = nlohmann::json::object();
    for (auto& [name, values] : times) {
        std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
        out[name] = values[values.size() / 2];
    }
    return out;
}

}  // namespace

void add_pseudotime(CLI::App& app, Action& action) {
    auto flags = std::make_shared<PseudotimeFlags>();
    CLI::App* verb = app.add_subcommand("pseudotime", "how far along a process every cell is: diffusion from a root");
    verb->footer("Examples:\n  lexicell pseudotime out/lexicell.h5ad -o timed.h5ad --obs-group cell_type --root-group NK\n"
                 "  lexicell pseudotime prepared.h5ad -o timed.h5ad --obsm-key X_pca --root cell0");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .h5ad to write");
    add_compat(*verb, flags->output.h5ad);
    add_read_flags(*verb, flags->read);
    verb->add_option("--obsm-key", flags->obsm, "the representation in which distances are taken");
    verb->add_option("--root", flags->root, "name of the cell where the process starts");
    verb->add_option("--obs-group", flags->group_column, "obs column of groups; median times are printed by group");
    verb->add_option("--root-group", flags->root_group, "group whose medoid is the root, instead of --root");
    verb->add_option("--key", flags->key, "obs column of the result; infinite for cells that no path of neighbours reaches");
    verb->add_option("--n-neighbors", flags->options.neighbours, "neighbours of a cell")->check(CLI::Range(2, 1000));
    verb->add_option("--components", flags->options.components, "leading eigenpairs of the diffusion")->check(CLI::Range(2, 500));
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            PseudotimeOptions options = flags->options;
            options.threads = thread_count(common);
            Manifest manifest("pseudotime", common.seed, options.threads);
            manifest.add_input(flags->input);
            const Dataset data = read_dataset(flags->input, flags->read, terminal);
            const DenseMatrix& points = require_obsm(data, flags->obsm);
            const std::int64_t root = root_of(data, points, *flags, options.threads);
            const Pseudotime found = pseudotime(points, root, options);
            if (found.unreachable > 0)
                terminal.warn({"unreachable-cells", static_cast<std::uint64_t>(found.unreachable), "cells that no path of neighbours joins with the root: their pseudotime is infinite"});
            nlohmann::json document = {{"output", flags->output.output.string()}, {"cells", data.cells()}, {"root", data.obs.index[root]}, {"unreachable", found.unreachable}};
            terminal.info(fmt::format("root {}", data.obs.index[root]));
            if (flags->group_column) {
                document["medians"] = medians(found, as_categorical(require_column(data.obs, *flags->group_column)));
                for (const auto& [name, value] : document["medians"].items()) terminal.info(fmt::format("{:24} median {:.3f}", name, value.get<double>()));
            }
            Dataset additions{.obs = {.index = data.obs.index, .index_name = data.obs.index_name}, .var = {.index = data.var.index, .index_name = data.var.index_name}};
            additions.obs.set(flags->key, {.values = found.time});
            manifest.document()["pseudotime"] = document;
            append_run(data, manifest.finish(terminal.warnings()), additions);
            write_h5ad(data, additions, flags->output.output, flags->output.h5ad, terminal);
            return document;
        };
    });
}

}  // namespace lexicell::app
