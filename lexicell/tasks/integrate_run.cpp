#include "lexicell/tasks/integrate_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/graph/umap.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/tasks/join_cells.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/placement_folder.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/run_folder.h"
#include "lexicell/tasks/scilama_folder.h"
#include "lexicell/tasks/score_embeddings.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/sorted_labels.h"
#include "lexicell/tasks/table_file.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int kLisiNeighbours = 90;  // perplexity 30, as in the profiles (metrics.md 2.2)

struct Outcome {
    LoadedCells cells;
    CsrMatrix logged;
    std::string batch;
    PlacedCells after;
    DenseMatrix before;            // N x K principal components
    DenseMatrix plane_before;      // N x 2
    Clustering clustering;
    ClusterKeys keys;
    Score mixing_before, mixing_after;
    std::optional<EmbeddingScores> scores;
};

LoadedCells read_inputs(const IntegrateRunOptions& options, const TextSide& text, Sink& sink) {
    LoadOptions load = options.load;
    load.accept_log = true;
    if (options.inputs.size() == 1) return load_cells(options.inputs.front(), text.catalog(), load, sink);
    load.keep_file = false;
    std::vector<LoadedCells> files;
    std::vector<std::string> names;
    for (const fs::path& input : options.inputs) {
        files.push_back(load_cells(input, text.catalog(), load, sink));
        const std::string stem = input.stem().string();
        const auto same = std::ranges::count_if(names, [&stem](const std::string& name) { return name == stem || name.starts_with(stem + "_"); });
        names.push_back(same == 0 ? stem : fmt::format("{}_{}", stem, same + 1));
    }
    return join_cells(files, names, load, sink);
}

// Effective number of batches around a cell, 0 = one's own only, 1 = all evenly; needs no labels.
Score mixing(const DenseMatrix& points, const std::vector<std::int32_t>& batches, int threads) {
    return ilisi_score(lisi(knn(points, {.k = kLisiNeighbours, .threads = threads}), batches, {.threads = threads}), batches);
}

// Where the cells lay before: what the method itself corrected, where it corrects principal components.
DenseMatrix uncorrected(const Outcome& outcome, const std::vector<GeneTable>& tables, PlaceOptions place, Sink& sink) {
    if (place.method == "pca") return outcome.after.points;
    if (outcome.after.components.rows > 0) return outcome.after.components;
    place.method = "pca";
    return place_cells(outcome.cells, outcome.logged, tables, place, sink).points;
}

EmbeddingScores score_both(const Outcome& outcome, const IntegrateRunOptions& options, Sink& sink) {
    Dataset scored{.obs = outcome.cells.dataset.obs, .var = {.index = outcome.cells.genes}};
    scored.x = Matrix(outcome.logged);
    scored.obsm["X_pca"] = outcome.before;
    const std::string key = "X_" + options.place.method;
    scored.obsm[key] = outcome.after.points;
    std::vector<std::string> keys = {key};
    if (key != "X_pca") keys.push_back("X_pca");
    return score_embeddings(scored, {.obsm = keys, .label = *options.label, .batch = outcome.batch, .seed = options.place.seed, .threads = options.place.threads}, sink);
}

Dataset additions_of(const Outcome& outcome, const IntegrateRunOptions& options, const json& manifest) {
    const Dataset& base = outcome.cells.dataset;
    Dataset out{.obs = {.index = base.obs.index, .index_name = base.obs.index_name}, .var = {.index = base.var.index, .index_name = base.var.index_name}};
    const std::string key = "X_" + options.place.method;
    out.obsm[key] = outcome.after.points;
    if (key != "X_pca" && !base.obsm.contains("X_pca")) out.obsm["X_pca"] = outcome.before;
    store_clustering(outcome.clustering, key, outcome.keys, options.clusters, out);
    append_run(base, manifest, out);
    return out;
}

PointMap map_of(const Outcome& outcome, const DenseMatrix& plane, const std::string& title, const std::string& colour) {
    Frame obs = outcome.cells.dataset.obs;
    obs.set("cluster", {.values = cluster_categories(outcome.clustering)});
    return cell_map(plane, obs, outcome.logged, outcome.cells.genes, {.title = title, .colour_by = colour, .gene_bytes = 1'500'000});
}

Page page_of(const Outcome& outcome, const IntegrateRunOptions& options, const json& manifest) {
    std::string title = options.inputs.front().filename().string();
    if (options.inputs.size() > 1) title += fmt::format(" and {} more", options.inputs.size() - 1);
    const PlacementMethod& method = placement_method(options.place.method);
    Page page{.title = title, .subtitle = fmt::format("batches of {} brought together by {}", outcome.batch, method.description)};
    page.facts = {{"cells", format_count(outcome.cells.values.rows)}, {"genes", format_count(outcome.cells.values.cols)},
                  {"clusters", std::to_string(outcome.clustering.clusters)},
                  {"batch mixing (iLISI)", fmt::format("{} → {}", text_of(outcome.mixing_before), text_of(outcome.mixing_after))}};
    if (outcome.scores) {
        const auto& ours = outcome.scores->embeddings.front();
        for (const ScoredEmbedding& other : outcome.scores->embeddings)
            if (other.name == "X_pca" && &other != &ours && ours.totals.overall.available() && other.totals.overall.available() && other.totals.overall.value >= ours.totals.overall.value)
                page.notes.push_back({.level = Note::Level::warning, .text = fmt::format("Uncorrected principal components score at least as well overall: {} against {} of {}.",
                                                                                         text_of(other.totals.overall), text_of(ours.totals.overall), method.name)});
    } else {
        page.notes.push_back({.text = "Mixing alone is no success: noise mixes perfectly. With --obs-label the scores say whether cell types were kept apart."});
    }
    Section cells{.id = "cells", .title = "Cells", .lead = "Above, after the correction; below, the same cells by their principal components alone (UMAP of either)."};
    cells.blocks = {map_of(outcome, outcome.clustering.umap, "After: " + method.name, outcome.batch), map_of(outcome, outcome.plane_before, "Before: principal components", outcome.batch)};
    page.sections.push_back(std::move(cells));
    if (outcome.scores) {
        Page scores = score_page(*outcome.scores, title);
        for (Section& section : scores.sections) page.sections.push_back(std::move(section));
    }
    page.sections.push_back(manifest_section(manifest));
    return page;
}

std::optional<ModelFolder> model_of(const Outcome& outcome, const IntegrateRunOptions& options) {
    const std::string file = options.inputs.front().filename().string();
    if (outcome.after.scilama)
        return to_folder(outcome.after.scilama->model, model_card_of(outcome.cells, outcome.after.scilama->model, {.input = options.inputs.front()}));
    return to_folder(outcome.after, outcome.cells, outcome.batch,
                     {.name = fmt::format("{} of {}", options.place.method, file),
                      .description = "A reference that later cells are mapped onto by `lexicell embed --model`. Cells unlike all of its own get a position too, without a warning.",
                      .tags = {"single-cell", "integration"}, .datasets = {file}});
}

}  // namespace

json integrate_run(const IntegrateRunOptions& options, Sink& sink) {
    Manifest manifest("integrate", options.place.seed, options.place.threads);
    manifest.begin_stage("read");
    for (const fs::path& input : options.inputs) manifest.add_input(input);
    const TextSide text = read_text_side(options.knowledge, options.gene_vectors, dedup_named(options.place.fit.config.dedup), sink);
    Outcome outcome{.cells = read_inputs(options, text, sink)};
    PlaceOptions place = options.place;
    if (!place.batch && options.inputs.size() > 1) place.batch = "file";
    if (!place.batch) throw Error(ErrorKind::usage, {.type = "no-batch", .message = "one file needs a column that tells its batches", .key = "--obs-batch"});
    outcome.batch = *place.batch;
    const std::vector<std::int32_t> batches = sorted_labels(require_column(outcome.cells.dataset.obs, outcome.batch)).codes;
    if (options.label) require_column(outcome.cells.dataset.obs, *options.label);
    const std::vector<GeneTable> tables = tables_for(outcome.cells, text, sink);
    manifest.document()["method"] = place.method;
    manifest.document()["batch"] = outcome.batch;
    RunFolder folder(options.output, options.overwrite, Resume::never, sha256(manifest.document().dump()), sink);

    manifest.begin_stage("place");
    outcome.logged = log_values(outcome.cells, outcome.cells.genes, sink);
    outcome.after = place_cells(outcome.cells, outcome.logged, tables, place, sink);
    outcome.before = uncorrected(outcome, tables, place, sink);

    manifest.begin_stage("clusters");
    outcome.clustering = cluster(outcome.after.points, options.clusters, sink);
    outcome.keys = free_keys(outcome.cells.dataset, options.place.method, sink);
    outcome.plane_before = umap(knn(outcome.before, {.k = options.clusters.neighbours, .threads = options.place.threads}), {.seed = options.place.seed}, sink);

    manifest.begin_stage("scores");
    outcome.mixing_before = mixing(outcome.before, batches, options.place.threads);
    outcome.mixing_after = mixing(outcome.after.points, batches, options.place.threads);
    sink.info(fmt::format("batch mixing (iLISI, 0 to 1): {} before, {} after {}", text_of(outcome.mixing_before), text_of(outcome.mixing_after), options.place.method));
    if (options.label) outcome.scores = score_both(outcome, options, sink);

    manifest.begin_stage("write");
    manifest.document()["mixing"] = {{"before", number_or_null(outcome.mixing_before)}, {"after", number_or_null(outcome.mixing_after)}};
    if (outcome.scores) manifest.document()["scores"] = to_json(*outcome.scores);
    const json document = manifest.finish({});
    write_h5ad(outcome.cells.dataset, additions_of(outcome, options, document), folder.partial() / "lexicell.h5ad", options.h5ad, sink);
    if (outcome.scores) {
        fs::create_directories(folder.partial() / "tables");
        write_table(metric_table(*outcome.scores), folder.partial() / "tables" / "scores.csv");
    }
    if (const std::optional<ModelFolder> model = model_of(outcome, options)) write_model_folder(*model, folder.partial() / "model", true);
    write_page(page_of(outcome, options, document), folder.partial() / "report.html");
    write_file_atomically(folder.partial() / "manifest.json", document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    folder.publish();
    return document;
}

}  // namespace lexicell
