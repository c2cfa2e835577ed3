#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/obsm_matrix.h"

namespace lexicell::app {

void add_cluster(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        OutputFlags output;
        ReadOptions read;
        ClusterOptions clusters;
        std::string obsm = "X_scilama", key = "scilama";
        bool no_umap = false;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("cluster", "neighbours, Leiden clusters and UMAP of any representation");
    verb->footer("Examples:\n  lexicell cluster out/lexicell.h5ad -o clustered.h5ad --resolution 0.8\n  lexicell cluster prepared.h5ad -o clustered.h5ad --obsm-key X_pca --key pca");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .h5ad to write");
    add_compat(*verb, flags->output.h5ad);
    add_read_flags(*verb, flags->read);
    verb->add_option("--obsm-key", flags->obsm, "the representation to cluster");
    verb->add_option("--key", flags->key, "prefix of the new columns: obs['<key>_cluster']");
    verb->add_flag("--no-umap", flags->no_umap, "clusters only");
    add_cluster_flags(*verb, flags->clusters);
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            ClusterOptions options = flags->clusters;
            options.seed = common.seed;
            options.threads = thread_count(common);
            options.umap = !flags->no_umap;
            Manifest manifest("cluster", common.seed, options.threads);
            manifest.add_input(flags->input);
            const Dataset data = read_dataset(flags->input, flags->read, terminal);
            const Clustering clustering = cluster(require_obsm(data, flags->obsm), options, terminal);
            Dataset additions{.obs = {.index = data.obs.index, .index_name = data.obs.index_name}, .var = {.index = data.var.index, .index_name = data.var.index_name}};
            store_clustering(clustering, flags->obsm, free_keys(data, flags->key, terminal), options, additions);
            manifest.document()["clusters"] = {{"number", clustering.clusters}, {"resolution", clustering.resolution}};
            append_run(data, manifest.finish(terminal.warnings()), additions);
            write_h5ad(data, additions, flags->output.output, flags->output.h5ad, terminal);
            return {{"output", flags->output.output.string()}, {"clusters", clustering.clusters}, {"resolution", clustering.resolution}};
        };
    });
}

}  // namespace lexicell::app
