#include <fmt/format.h>

#include "app/model_flags.h"
#include "lexicell/io/write_h5ad.h"
#include "lexicell/prep/highly_variable.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/pca.h"
#include "lexicell/prep/scale.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/require_column.h"

namespace lexicell::app {

void add_prep(CLI::App& app, Action& action) {
    struct Flags {
        std::filesystem::path input;
        OutputFlags output;
        LoadOptions load;
        std::optional<std::filesystem::path> knowledge;
        std::string flavor = "log_variance";
        std::int64_t top = 2000;
        std::optional<std::string> batch;
        double target_sum = 1e4;
        int components = 50;
        bool scale = false;
    };
    auto flags = std::make_shared<Flags>();
    CLI::App* verb = app.add_subcommand("prep", "quality figures, normalisation, variable genes and PCA, as an h5ad");
    verb->footer("Examples:\n  lexicell prep counts.h5ad -o prepared.h5ad\n  lexicell prep counts.h5ad -o prepared.h5ad --hvg seurat_v3 --min-genes 200 --scale");
    add_input(*verb, flags->input);
    add_output(*verb, flags->output, "the .h5ad to write: X log-normalised, layers['counts'] the counts");
    add_compat(*verb, flags->output.h5ad);
    add_load_flags(*verb, flags->load);
    add_knowledge_flag(*verb, flags->knowledge);
    verb->add_option("--hvg", flags->flavor, "log_variance, seurat, seurat_v3, seurat_v3_paper or cell_ranger");
    verb->add_option("--n-genes", flags->top, "variable genes to mark")->check(CLI::PositiveNumber);
    verb->add_option("--obs-batch", flags->batch, "obs column: genes are ranked within each batch");
    verb->add_option("--target-sum", flags->target_sum, "sum of every cell after normalisation")->check(CLI::PositiveNumber);
    verb->add_option("--components", flags->components, "principal components of the variable genes")->check(CLI::Range(1, 1000));
    verb->add_flag("--scale", flags->scale, "PCA of z-scores clipped at 10 instead of centred log values");
    verb->callback([=, &action] {
        action = [=](const CommonFlags& common, Terminal& terminal) -> nlohmann::json {
            check_input(flags->input);
            check_output(flags->output);
            Manifest manifest("prep", common.seed, thread_count(common));
            manifest.add_input(flags->input);
            LoadOptions load = flags->load;
            load.threads = use_threads(common);
            // Genes keep their columns here: names are resolved when a model reads them.
            LoadedCells cells = load_cells(flags->input, nullptr, load, terminal);
            const CsrMatrix logged = log_normalize(cells.values, flags->target_sum, load.threads);
            std::optional<Categorical> batch;
            if (flags->batch) batch = as_categorical(require_column(cells.dataset.obs, *flags->batch));
            const HvgFlavor flavor = hvg_flavor(flags->flavor);
            const HighlyVariable variable = highly_variable_genes(wants_counts(flavor) ? cells.values : logged, {.flavor = flavor, .top = flags->top, .threads = load.threads},
                                                                  batch ? std::optional<std::span<const std::int32_t>>(batch->codes) : std::nullopt);
            const CsrMatrix chosen = take_cols(logged, variable.genes());
            const int components = static_cast<int>(std::min<std::int64_t>({flags->components, chosen.rows - 1, chosen.cols}));
            const PcaOptions pca_options{.components = components, .seed = common.seed, .threads = load.threads};
            const Pca pcs = flags->scale ? pca(scale_sparse(chosen, fit_scale(chosen, load.threads), {.threads = load.threads}).x, pca_options) : pca(chosen, pca_options);

            // A file of its own: kept cells and genes, counts beside the log values.
            Dataset out{.obs = cells.dataset.obs};
            out.var.index = cells.genes;
            store_qc(cells.qc, out.obs, out.var);
            store_hvg(variable, out.var);
            out.layers["counts"] = std::move(cells.values);
            out.x = logged;
            out.obsm = cells.dataset.obsm;
            out.obsm["X_pca"] = pcs.scores;
            DenseMatrix loadings(static_cast<std::int64_t>(out.var.rows()), pcs.loadings.cols);
            const std::vector<std::int64_t> genes = variable.genes();
            for (std::size_t g = 0; g < genes.size(); ++g) std::ranges::copy(pcs.loadings.row(static_cast<std::int64_t>(g)), loadings.row(genes[g]).begin());
            out.varm["PCs"] = std::move(loadings);
            out.uns["log1p"] = Value{Dict{}};
            Dict pca_facts;
            pca_facts["variance"] = Value{NumberArray{{static_cast<std::int64_t>(pcs.variance.size())}, pcs.variance}};
            pca_facts["variance_ratio"] = Value{NumberArray{{static_cast<std::int64_t>(pcs.variance_ratio.size())}, pcs.variance_ratio}};
            out.uns["pca"] = Value{pca_facts};
            Dict hvg_facts;
            hvg_facts["flavor"] = Value{flags->flavor};
            out.uns["hvg"] = Value{hvg_facts};
            Dataset runs;
            append_run(cells.dataset, manifest.finish(terminal.warnings()), runs);
            out.uns.merge(runs.uns);
            write_h5ad(out, {}, flags->output.output, flags->output.h5ad, terminal);
            terminal.info(fmt::format("wrote {}: {} cells x {} genes, {} variable, {} components", flags->output.output.string(), out.cells(), out.genes(),
                                      genes.size(), components));
            return {{"output", flags->output.output.string()}, {"cells", out.cells()}, {"genes", out.genes()}, {"variable_genes", genes.size()}};
        };
    });
}

}  // namespace lexicell::app
