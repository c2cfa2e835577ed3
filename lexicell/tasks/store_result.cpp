#include "lexicell/tasks/store_result.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/result_tables.h"

namespace lexicell {

using nlohmann::json;

namespace {

// For every gene of the file's var, its column among the modelled genes, or -1. The counts may come from raw, whose genes
// are others than those of var; they are paired by name.
std::vector<std::int64_t> modelled_gene_of_var(const RunResult& result) {
    std::vector<std::int64_t> model_of_gene(result.cells.genes.size(), -1);
    for (std::size_t m = 0; m < result.fit.gene_columns.size(); ++m) model_of_gene[result.fit.gene_columns[m]] = static_cast<std::int64_t>(m);
    std::unordered_map<std::string_view, std::int64_t> model_of_name;
    for (std::size_t v = 0; v < result.cells.gene_of_var.size(); ++v)
        if (const std::int32_t gene = result.cells.gene_of_var[v]; gene >= 0)
            model_of_name.emplace(result.cells.var.index[v], model_of_gene[gene]);
    std::vector<std::int64_t> out;
    for (const std::string& name : result.cells.dataset.var.index) {
        const auto found = model_of_name.find(name);
        out.push_back(found == model_of_name.end() ? -1 : found->second);
    }
    return out;
}

// Position of every modelled gene among the tied ones, or -1.
std::vector<std::int64_t> tied_positions(const ScilamaModel& model) {
    std::vector<std::int64_t> out;
    std::int64_t next = 0;
    for (const bool tied : model.tied) out.push_back(tied ? next++ : -1);
    return out;
}

void add_genes(const RunResult& result, Dataset& additions) {
    const std::vector<std::int64_t> model_of_var = modelled_gene_of_var(result);
    const std::vector<std::int64_t> tied = tied_positions(result.fit.model);
    const auto rows = static_cast<std::int64_t>(model_of_var.size());
    std::vector<std::string> status(rows, "not modelled");
    for (std::int64_t v = 0; v < rows; ++v)
        if (const std::int64_t m = model_of_var[v]; m >= 0) status[v] = tied[m] >= 0 ? "with text" : "without text";
    additions.var.set("scilama_gene", {.values = categorize(status)});
    if (result.fit.genes.rows == 0) return;
    const auto spread = [&](const DenseMatrix& of_tied) {
        DenseMatrix out(rows, of_tied.cols);
        for (std::int64_t v = 0; v < rows; ++v)
            if (model_of_var[v] >= 0 && tied[model_of_var[v]] >= 0) std::ranges::copy(of_tied.row(tied[model_of_var[v]]), out.row(v).begin());
        return out;
    };
    additions.varm["X_scilama"] = spread(result.fit.genes);
    if (result.gene_umap.rows > 0) additions.varm["X_scilama_umap"] = spread(result.gene_umap);
    if (!result.modules) return;
    const Categorical modules = module_categories(*result.modules);
    Categorical of_var{.codes = std::vector<std::int32_t>(rows, -1), .categories = modules.categories};
    for (std::int64_t v = 0; v < rows; ++v)
        if (model_of_var[v] >= 0 && tied[model_of_var[v]] >= 0) of_var.codes[v] = modules.codes[tied[model_of_var[v]]];
    additions.var.set("scilama_module", {.values = of_var});
}

void add_quality(const RunResult& result, Dataset& additions) {
    const QcMetrics& qc = result.cells.qc;
    const auto add = [&](const std::string& name, Column column) {
        if (!result.cells.dataset.obs.find(name)) additions.obs.set(name, std::move(column));
    };
    add("n_genes_by_counts", {.values = qc.genes_by_counts});
    add("total_counts", {.values = qc.total_counts});
    for (const QcMetrics::SetTotals& set : qc.sets) add("pct_counts_" + set.name, {.values = set.percent});
}

Dict scilama_facts(const RunResult& result) {
    Dict facts;
    facts["config"] = Value{to_json(result.fit.model.trained->network().config())};
    facts["genes_modelled"] = Value{static_cast<std::int64_t>(result.fit.model.genes.size())};
    facts["genes_with_text"] = Value{static_cast<std::int64_t>(result.fit.genes.rows)};
    StringArray sources{.values = result.fit.model.vectors.sources};
    sources.shape = {static_cast<std::int64_t>(sources.values.size())};
    if (!sources.values.empty()) facts["sources"] = Value{sources};
    if (result.cells.reconciliation) facts["gene_names"] = Value{report(*result.cells.reconciliation)};
    return facts;
}

json score_json(const EmbeddingScore& score) {
    const auto optional = [](const std::optional<double>& value) { return value ? json(*value) : json(); };
    return {{"name", score.name}, {"clusters", score.clusters}, {"resolution", score.resolution}, {"silhouette", score.silhouette},
            {"agreement", score.agreement}, {"knn_accuracy", optional(score.knn_accuracy)}, {"ari", optional(score.ari)},
            {"nmi", optional(score.nmi)}, {"label_silhouette", optional(score.label_silhouette)}};
}

}  // namespace

Dataset result_additions(const RunResult& result, const json& manifest) {
    const Dataset& base = result.cells.dataset;
    Dataset additions;
    additions.obs = {.index = base.obs.index, .index_name = base.obs.index_name};
    additions.var = {.index = base.var.index, .index_name = base.var.index_name};
    additions.obsm["X_scilama"] = result.fit.cells;
    if (result.fit.cells_before_joint.rows > 0) additions.obsm["X_scilama_cells"] = result.fit.cells_before_joint;
    store_clustering(result.clustering, "X_scilama", result.keys, {.neighbours = result.clustering.knn.k}, additions);
    add_quality(result, additions);
    add_genes(result, additions);
    if (result.markers) {
        const std::string key = base.uns.contains("rank_genes_groups") ? "scilama_rank_genes_groups" : "rank_genes_groups";
        Dataset named{.var = {.index = result.cells.genes}};
        lay_into(named, *result.markers, result.keys.obs, key);
        additions.uns.merge(named.uns);
    }
    additions.uns["scilama"] = Value{scilama_facts(result)};
    append_run(base, manifest, additions);
    return additions;
}

void describe_result(const RunResult& result, json& manifest) {
    const LoadedCells& cells = result.cells;
    manifest["data"] = {{"cells", cells.values.rows}, {"cells_in_file", cells.cells_in_file}, {"genes", cells.values.cols},
                        {"genes_modelled", result.fit.model.genes.size()}, {"genes_with_text", result.fit.genes.rows}, {"slot", cells.slot},
                        {"values", std::string(name_of(cells.scale))}, {"species", result.fit.model.species}};
    manifest["stages"] = json::array();
    for (const FittedStage& stage : result.fit.stages)
        manifest["stages"].push_back({{"name", stage.name}, {"steps", stage.result.steps}, {"epochs", stage.result.epochs}, {"ended_by", stage.result.ended_by},
                                      {"best_step", stage.result.best_step}, {"best_validation", stage.result.best_validation ? json(*stage.result.best_validation) : json()},
                                      {"cells_per_second", stage.result.cells_per_second}});
    if (const auto& probe = result.fit.encoder_probe)
        manifest["encoder_probe"] = {{"columns", probe->columns}, {"panel_free", probe->panel_free}, {"cost", probe->cost()}};
    manifest["clusters"] = {{"number", result.clustering.clusters}, {"resolution", result.clustering.resolution},
                            {"chosen", result.clustering.choice ? "by stability under subsampling" : "as given"}};
    manifest["scores"] = json::array();
    for (const EmbeddingScore& score : result.scores) manifest["scores"].push_back(score_json(score));
    json sources = json::array();
    for (std::size_t s = 0; s < result.fit.model.vectors.sources.size(); ++s)
        sources.push_back({{"name", result.fit.model.vectors.sources[s]}, {"sha256", result.fit.model.vectors.hashes[s]}});
    manifest["gene_vectors"] = sources;
}

}  // namespace lexicell
