#include "lexicell/tasks/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/genes/gene_sets.h"
#include "lexicell/graph/umap.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/result_tables.h"
#include "lexicell/tasks/run_page.h"
#include "lexicell/tasks/run_result.h"
#include "lexicell/tasks/scilama_folder.h"
#include "lexicell/tasks/score_markers.h"
#include "lexicell/tasks/store_result.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// Keeps what the sink hears for the report, and passes it on.
class Listening : public Sink {
public:
    explicit Listening(Sink& sink) : sink_(sink) {}
    void warn(const Warning& w) override {
        warnings.push_back(w);
        sink_.warn(w);
    }
    void info(std::string_view line) override { sink_.info(line); }
    void progress(const Progress& p) override { sink_.progress(p); }
    bool stop_requested() override { return sink_.stop_requested(); }
    std::vector<Warning> warnings;

private:
    Sink& sink_;
};

void check_stop(Sink& sink) {
    if (sink.stop_requested())
        throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "stopped on request", .hint = "go on with --resume auto"});
}

std::vector<std::int32_t> label_codes(const LoadedCells& cells, const std::optional<std::string>& label) {
    if (!label) return {};
    return as_categorical(require_column(cells.dataset.obs, *label)).codes;
}

void check_columns(const RunOptions& options, const LoadedCells& cells) {
    label_codes(cells, options.label);
    if (options.batch) label_codes(cells, options.batch);
}

// Tied genes' embedding as modules and a picture.
void find_modules(RunResult& result, const RunOptions& options, const FitOptions& fit_options, const CsrMatrix& logged, Sink& sink) {
    if (result.fit.genes.rows < 50) return;
    result.modules = gene_modules(result.fit.genes, {.seed = options.seed, .threads = options.threads});
    if (options.gene_sets) {
        std::vector<std::string> text_ids;
        std::vector<std::int64_t> columns;
        for (std::size_t g = 0; g < result.fit.model.genes.size(); ++g)
            if (result.fit.model.tied[g]) {
                text_ids.push_back(result.fit.model.text_ids[g]);
                columns.push_back(result.fit.gene_columns[g]);
            }
        const std::vector<GeneSet> sets = read_gmt(*options.gene_sets).sets;
        const CsrMatrix expression = take_cols(logged, columns);
        result.enrichment = over_representation(text_ids, result.modules->module, sets);
        const GenePlacements placements{.text = side_by_side(result.fit.model.vectors.tables),
                                        .contextual = result.fit.genes,
                                        .shuffled = genes_of_shuffled_vectors(result.fit, result.cells, fit_options, sink),
                                        .expression = expression_placement(expression, 30, options.seed, options.threads)};
        result.module_controls = module_controls(placements, text_ids, sets, expression, result.clustering.labels, options.seed, options.threads);
    }
    const KnnGraph graph = knn(result.fit.genes, {.k = 15, .metric = KnnMetric::cosine, .threads = options.threads});
    result.gene_umap = umap(graph, {.seed = options.seed}, sink);
    sink.info(fmt::format("{} gene modules", result.modules->modules));
}

std::optional<ScoredMarkers> model_markers(const RunResult& result, const RunOptions& options, Sink& sink) {
    const TrainedScilama& model = *result.fit.model.trained;
    if (!model.network().has_gene_side()) return std::nullopt;
    const CovariateEncoder* encoder = model.featurizer().covariates();
    const DenseMatrix covariates = encoder ? encode_covariates(*encoder, result.cells.dataset.obs, sink) : DenseMatrix();
    std::vector<std::int32_t> strata = label_codes(result.cells, options.batch);
    for (std::int32_t& code : strata) ++code;  // cells without a batch are a stratum of their own
    return score_markers(model, model, result.fit.cells, covariates, result.clustering.labels, strata, nullptr,
                         {.seed = options.seed, .threads = options.threads});
}

void score_beside_baselines(RunResult& result, const RunOptions& options, const CsrMatrix& logged, Sink& sink) {
    const std::vector<std::int32_t> labels = label_codes(result.cells, options.label);
    const ScoreOptions score_options{.seed = options.seed, .threads = options.threads};
    result.scores.push_back(score_embedding("sciLaMA", result.fit.cells, result.clustering, labels, {}, score_options));
    const PcaBaselines pcs = pca_baselines(take_cols(logged, result.fit.gene_columns), options.seed, options.threads);
    for (const auto& [name, embedding] : {std::pair<const char*, const DenseMatrix&>{"PCA-30", pcs.centred}, {"PCA-50 of z-scores", pcs.scaled}}) {
        sink.progress({.stage = "baselines"});
        ClusterOptions plain = options.clusters;
        plain.resolution = 1.0;
        plain.umap = false;
        const Clustering clustering = cluster(embedding, plain, silence());
        result.scores.push_back(score_embedding(name, embedding, clustering, labels, result.clustering.labels, score_options));
    }
}

}  // namespace

json explain_run(const RunOptions& options, Sink& sink) {
    const TextSide text = read_text_side(options.knowledge, options.gene_vectors, dedup_named(options.fit.config.dedup), sink);
    LoadedCells cells = load_cells(options.input, text.catalog(), run_load_options(options), sink);
    check_columns(options, cells);
    const bool with_text = !tables_for(cells, text, sink).empty();
    json plan = {{"input", options.input.filename().string()}, {"slot", cells.slot}, {"cells", cells.values.rows}, {"genes", cells.values.cols},
                 {"values", std::string(name_of(cells.scale))}, {"parameters", run_parameters(options)}, {"drops", json::array()}};
    for (const Drop& drop : cells.drops) plan["drops"].push_back({{"what", drop.what}, {"reason", drop.reason}, {"count", drop.count}});
    sink.info(fmt::format("would model {} cells and {} of {} genes{}; nothing was written", cells.values.rows,
                          options.fit.config.genes ? std::min<std::int64_t>(*options.fit.config.genes, cells.values.cols) : cells.values.cols,
                          cells.values.cols, with_text ? "" : ", without texts"));
    return plan;
}

namespace {

// load: catalog -> LoadedCells.
template <class Load>
RunOutcome run_loaded(const RunOptions& options, Manifest& manifest, Listening& sink, Load load) {
    manifest.document()["parameters"] = run_parameters(options);
    const TextSide text = read_text_side(options.knowledge, options.gene_vectors, dedup_named(options.fit.config.dedup), sink);
    RunResult result;
    result.cells = load(text.catalog());
    check_columns(options, result.cells);
    const std::vector<GeneTable> tables = tables_for(result.cells, text, sink);

    RunFolder folder(options.output, options.overwrite, options.resume, run_identity(manifest, tables, options.threads), sink);

    manifest.begin_stage("train");
    const FitOptions fit_options = run_fit_options(options, folder);
    result.fit = fit_scilama(result.cells, tables, fit_options, sink);

    manifest.begin_stage("clusters");
    check_stop(sink);
    result.clustering = cluster(result.fit.cells, options.clusters, sink);
    result.keys = free_keys(result.cells.dataset, "scilama", sink);

    manifest.begin_stage("markers");
    check_stop(sink);
    const CsrMatrix logged = result.cells.scale == ValueScale::counts ? log_normalize(result.cells.values, 1e4, options.threads) : result.cells.values;
    if (result.clustering.clusters > 1) {
        sink.progress({.stage = "markers"});
        result.markers = rank_genes_groups(logged, cluster_categories(result.clustering), {.threads = options.threads}, sink);
        result.latent_markers = model_markers(result, options, sink);
    }
    manifest.begin_stage("modules");
    check_stop(sink);
    find_modules(result, options, fit_options, logged, sink);

    manifest.begin_stage("baselines");
    check_stop(sink);
    score_beside_baselines(result, options, logged, sink);

    manifest.begin_stage("write");
    describe_result(result, manifest.document());
    const json document = manifest.finish(sink.warnings);
    Dataset additions = result_additions(result, document);
    write_h5ad(result.cells.dataset, additions, folder.partial() / "lexicell.h5ad", options.h5ad, sink);
    write_tables(result, folder.partial() / "tables");
    write_model_folder(to_folder(result.fit.model, model_card_of(result.cells, result.fit.model, options)), folder.partial() / "model", true);
    write_page(run_page(result, options, sink.warnings, document), folder.partial() / "report.html");
    write_file_atomically(folder.partial() / "manifest.json", document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    fs::remove_all(folder.partial() / "training");
    folder.publish();
    return {document, std::move(additions), std::move(result.cells.cell_rows)};
}

Manifest manifest_of(const RunOptions& options) {
    Manifest manifest(options.command.empty() ? "run" : options.command, options.seed, options.threads);
    manifest.begin_stage("read");
    return manifest;
}

}  // namespace

json run(const RunOptions& options, Sink& outer) {
    Listening sink(outer);
    Manifest manifest = manifest_of(options);
    manifest.add_input(options.input);
    return run_loaded(options, manifest, sink, [&](const GeneCatalog* catalog) { return load_cells(options.input, catalog, run_load_options(options), sink); }).manifest;
}

RunOutcome run(Dataset input, const RunOptions& options, Sink& outer) {
    Listening sink(outer);
    Manifest manifest = manifest_of(options);
    manifest.add_input(input, options.input.string());
    return run_loaded(options, manifest, sink, [&](const GeneCatalog* catalog) { return load_cells(std::move(input), catalog, run_load_options(options), sink); });
}

}  // namespace lexicell
