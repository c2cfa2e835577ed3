#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/base/error.h"
#include "lexicell/io/delimited.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/embed.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/rank_genes_groups.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/score_markers.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell::app {

namespace {

struct MarkerFlags {
    std::filesystem::path input;
    OutputFlags output;
    ReadOptions read;
    CountsOptions counts;
    std::string groups, test = "wilcoxon", key = "rank_genes_groups";
    std::optional<std::string> reference;
    std::optional<std::int64_t> top;
    std::optional<std::filesystem::path> model, knowledge;
    std::vector<std::filesystem::path> gene_vectors;
    std::optional<std::string> strata;
    bool unseen = false;
};

nlohmann::json by_model(const MarkerFlags& flags, const CommonFlags& common, Terminal& terminal) {
    if (flags.output.output.extension() == ".h5ad")
        throw Error(ErrorKind::usage, {.type = "table-wanted", .message = "markers of a model are a table", .key = "--output", .found = flags.output.output.string(),
                                       .expected = "a .csv or .tsv file"});
    const LoadedModel model = load_model(flags.model.value());
    if (!model.tie)
        throw Error(ErrorKind::precondition, {.type = "no-gene-side", .message = "the model was trained without gene vectors", .file = flags.model->string(),
                                              .hint = "train it with --knowledge or --gene-vectors"});
    const TextSide text = read_text_side(knowledge_folder(flags.knowledge), flags.gene_vectors, model.dedup, terminal);
    LoadedCells cells = load_cells(flags.input, text.catalog(), {.read = flags.read, .counts = flags.counts, .accept_log = model.reads == ValueScale::log_normalised}, terminal);
    const std::vector<GeneTable> tables = model.panel || flags.unseen ? tables_for(cells, text, terminal) : std::vector<GeneTable>{};
    const EmbeddedCells embedded = embed_in_model(model, cells, tables, {}, terminal);
    const Categorical groups = as_categorical(require_column(cells.dataset.obs, flags.groups));
    std::vector<std::int32_t> strata;
    if (flags.strata) strata = as_categorical(require_column(cells.dataset.obs, *flags.strata)).codes;
    for (std::int32_t& code : strata) ++code;  // cells without a batch are a stratum of their own
    std::optional<GeneVectorTables> unseen;
    if (flags.unseen) {
        const std::set<std::string_view> measured(cells.text_ids.begin(), cells.text_ids.end());
        std::vector<std::string> ids;
        for (const GeneTable& table : tables)
            for (const std::string& id : table.ids)
                if (!measured.contains(id)) ids.push_back(id);
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        unseen = vectors_for(model, tables, ids, ids);
        if (unseen->genes.empty())
            throw Error(ErrorKind::precondition, {.type = "no-unseen-genes", .message = "no gene has a vector and was not measured", .hint = "give --knowledge or --gene-vectors"});
    }
    const DenseMatrix covariates = model.covariates ? encode_covariates(*model.covariates, cells.dataset.obs, terminal) : DenseMatrix();
    const auto [genes, scored] = score_markers(*model.tie, *model.genes, embedded.cells, covariates, groups.codes, strata, unseen ? &*unseen : nullptr,
                                               {.seed = common.seed, .threads = thread_count(common)});
    const MarkerFilter everything{.max_q = std::numeric_limits<double>::infinity(), .min_effect = -std::numeric_limits<double>::infinity()};
    std::vector<std::vector<std::string>> rows;
    for (std::int64_t group = 0; group < scored.groups; ++group) {
        std::vector<std::int64_t> order = markers_of(scored, group, flags.top ? MarkerFilter{} : everything);
        if (flags.top && static_cast<std::int64_t>(order.size()) > *flags.top) order.resize(*flags.top);
        for (const std::int64_t gene : order) {
            const std::int64_t at = group * scored.genes + gene;
            rows.push_back({groups.categories[group], genes[gene], fmt::format("{}", scored.effect[at]), fmt::format("{}", scored.score[at]),
                            fmt::format("{}", scored.absolute[at]), fmt::format("{}", scored.p[at]), fmt::format("{}", scored.q[at])});
        }
    }
    write_csv(flags.output.output, std::vector<std::string>{"group", "gene", "effect", "score", "absolute_score", "p", "q"}, rows);
    terminal.info(fmt::format("wrote {}: {} groups, {} {} genes", flags.output.output.string(), scored.groups, genes.size(), unseen ? "unmeasured" : "modelled"));
    return {{"output", flags.output.output.string()}, {"groups", scored.groups}, {"genes", genes.size()}};
}

}  // namespace

void add_markers(CLI::App& app, Action& action) {
    auto flags = std::make_shared<MarkerFlags>();
    CLI::App* verb = app.add_subcommand("markers", "genes that set each group apart, in scanpy's layout");
    verb->footer("Examples:\n  lexicell markers out/lexicell.h5ad -o markers.csv --groups scilama_cluster\n"
                 "  lexicell markers counts.h5ad -o marked.h5ad --groups cell_type --test t-test --reference B\n"
                 "  lexicell markers counts.h5ad -o unseen.csv --groups cell_type --model out/model --unseen --knowledge knowledge");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "a .csv or .tsv table, or the .h5ad with uns['rank_genes_groups']");
    add_compat(*verb, flags->output.h5ad);
    add_read_flags(*verb, flags->read);
    verb->add_option("--groups", flags->groups, "obs column of the groups")->required();
    verb->add_option("--test", flags->test, "wilcoxon, t-test or t-test_overestim_var")->check(CLI::IsMember({"wilcoxon", "t-test", "t-test_overestim_var"}));
    verb->add_option("--reference", flags->reference, "compare with this group; default: all other cells");
    verb->add_option("--top", flags->top, "genes to keep a group; default all");
    verb->add_option("--layer", flags->counts.layer, "layer that holds the counts");
    verb->add_option("--key", flags->key, "key in uns");
    const char* latent = "By a model instead of by expression";
    verb->add_option("--model", flags->model, "a model folder with a gene side: how far the group lies towards each gene")->group(latent);
    verb->add_flag("--unseen", flags->unseen, "score the genes that have a vector and were not measured")->needs("--model")->group(latent);
    verb->add_option("--obs-batch", flags->strata, "obs column within which labels are permuted for the p values")->needs("--model")->group(latent);
    add_knowledge_flag(*verb, flags->knowledge);
    verb->add_option("--gene-vectors", flags->gene_vectors, "the vectors that the model was trained with, instead of the knowledge's")->check(CLI::ExistingFile)->group(latent);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            Manifest manifest("markers", common.seed, thread_count(common));
            manifest.add_input(flags->input);
            if (flags->model) return by_model(*flags, common, terminal);
            const Dataset data = read_dataset(flags->input, flags->read, terminal);
            const Categorical groups = as_categorical(require_column(data.obs, flags->groups));
            const auto [logged, var] = log_values(data, flags->counts, thread_count(common), terminal);
            const RankGenesResult ranked = rank_genes_groups(logged, groups, {.test = rank_test(flags->test), .reference = flags->reference, .top = flags->top,
                                                                              .threads = thread_count(common)}, terminal);
            if (flags->output.output.extension() == ".h5ad") {
                Dataset named{.var = {.index = var.index}};
                lay_into(named, ranked, flags->groups, flags->key);
                Dataset additions{.obs = {.index = data.obs.index, .index_name = data.obs.index_name}, .var = {.index = data.var.index, .index_name = data.var.index_name}};
                additions.uns = std::move(named.uns);
                append_run(data, manifest.finish(terminal.warnings()), additions);
                write_h5ad(data, additions, flags->output.output, flags->output.h5ad, terminal);
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
