#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/io/delimited.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/rank_genes_groups.h"
#include "lexicell/tasks/require_column.h"

namespace lexicell::app {

namespace {

RankTest test_of(const std::string& name) {
    if (name == "t-test") return RankTest::t;
    return name == "t-test_overestim_var" ? RankTest::t_overestim_var : RankTest::wilcoxon;
}

// Log values over the genes of the counts slot, or the log-normalised slot where the file has no counts.
std::pair<Matrix, Frame> log_values(const Dataset& data, const CountsOptions& options, int threads, Terminal& terminal) {
    const CountsChoice choice = find_counts(data, options);
    if (!choice.usable && choice.scale == ValueScale::log_normalised) return {*choice.x, *choice.var};
    Counts counts = take_counts(data, options, terminal);
    return {log_normalize(std::move(counts.x), 1e4, threads), std::move(counts.var)};
}

}  // namespace

void add_markers(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        OutputFlags output;
        ReadOptions read;
        CountsOptions counts;
        std::string groups, test = "wilcoxon", key = "rank_genes_groups";
        std::optional<std::string> reference;
        std::optional<std::int64_t> top;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("markers", "genes that set each group apart, in scanpy's layout");
    verb->footer("Examples:\n  lexicell markers out/lexicell.h5ad -o markers.csv --groups scilama_cluster\n"
                 "  lexicell markers counts.h5ad -o marked.h5ad --groups cell_type --test t-test --reference B");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "a .csv or .tsv table, or the .h5ad with uns['rank_genes_groups']");
    add_read_flags(*verb, flags->read);
    verb->add_option("--groups", flags->groups, "obs column of the groups")->required();
    verb->add_option("--test", flags->test, "wilcoxon, t-test or t-test_overestim_var")->check(CLI::IsMember({"wilcoxon", "t-test", "t-test_overestim_var"}));
    verb->add_option("--reference", flags->reference, "compare with this group; default: all other cells");
    verb->add_option("--top", flags->top, "genes to keep a group; default all");
    verb->add_option("--layer", flags->counts.layer, "layer that holds the counts");
    verb->add_option("--key", flags->key, "key in uns");
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            Manifest manifest("markers", common.seed, thread_count(common));
            manifest.add_input(flags->input);
            const Dataset data = read_dataset(flags->input, flags->read, terminal);
            const Categorical groups = as_categorical(require_column(data.obs, flags->groups));
            const auto [logged, var] = log_values(data, flags->counts, thread_count(common), terminal);
            const RankGenesResult ranked = rank_genes_groups(logged, groups, {.test = test_of(flags->test), .reference = flags->reference, .top = flags->top,
                                                                              .threads = thread_count(common)}, terminal);
            if (flags->output.output.extension() == ".h5ad") {
                Dataset named{.var = {.index = var.index}};
                lay_into(named, ranked, flags->groups, flags->key);
                Dataset additions{.obs = {.index = data.obs.index, .index_name = data.obs.index_name}, .var = {.index = data.var.index, .index_name = data.var.index_name}};
                additions.uns = std::move(named.uns);
                append_run(data, manifest.finish(terminal.warnings()), additions);
                write_h5ad(data, additions, flags->output.output, {}, terminal);
            } else {
                const std::vector<std::string> header = {"group", "gene", "score", "log2_fold_change", "p", "adjusted_p", "share", "share_rest"};
                std::vector<std::vector<std::string>> rows;
                for (const RankedGroup& group : ranked.groups)
                    for (std::size_t i = 0; i < group.genes.size(); ++i)
                        rows.push_back({group.group, var.index[group.genes[i]], fmt::format("{}", group.scores[i]), fmt::format("{}", group.logfoldchanges[i]),
                                        fmt::format("{}", group.pvals[i]), fmt::format("{}", group.pvals_adj[i]), fmt::format("{}", group.share[group.genes[i]]),
                                        fmt::format("{}", group.share_rest[group.genes[i]])});
                write_csv(flags->output.output, header, rows);
            }
            terminal.info(fmt::format("wrote {}: {} groups", flags->output.output.string(), ranked.groups.size()));
            return {{"output", flags->output.output.string()}, {"groups", ranked.groups.size()}};
        };
    });
}

}  // namespace lexicell::app
