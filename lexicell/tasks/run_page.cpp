#include "lexicell/tasks/run_page.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/prep/normalize.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/dot_plot.h"
#include "lexicell/report/drop_report.h"
#include "lexicell/report/gene_map.h"
#include "lexicell/report/loss_curves.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/qc_figures.h"
#include "lexicell/tasks/result_tables.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr int kDotPlotGenes = 4;  // a cluster

Section data_section(const RunResult& result, const RunOptions& options, const json& manifest) {
    DropReport report;
    const json& input = manifest.at("input");
    report.source = {{"file", input.at("file").get<std::string>()},
                     {"format", result.cells.dataset.origin ? result.cells.dataset.origin->format : "memory"},
                     {"size", format_count(input.at("bytes").get<std::int64_t>()) + " bytes"},
                     {"SHA-256", input.at("sha256").get<std::string>()},
                     {"values read from", result.cells.slot},
                     {"values are", std::string(name_of(result.cells.scale))}};
    if (result.cells.reconciliation) {
        report.source.emplace_back("gene names from", result.cells.reconciliation->column);
        report.source.emplace_back("species", fmt::format("{} ({})", name_of(result.cells.reconciliation->species),
                                                          result.cells.reconciliation->species_reason));
    } else if (!result.cells.species.empty()) {
        report.source.emplace_back("species", result.cells.species + " (by the style of the gene names)");
    }
    report.cells_read = result.cells.cells_in_file;
    report.genes_read = result.cells.var.rows();
    for (const Drop& drop : result.cells.drops)
        (drop.what == "cells" ? report.cells : report.genes).push_back({.reason = drop.reason, .dropped = drop.count});
    Section section{.id = "data", .title = "Data", .lead = "What was read, and what was left out before any model saw it.", .blocks = drop_blocks(report)};
    if (options.label) section.blocks.push_back(Paragraph{"Labels (" + *options.label + ") are used for scores only, never in training."});
    return section;
}

Section quality_section(const RunResult& result, const RunOptions& options) {
    const QcMetrics& qc = result.cells.qc;
    const auto floats = [](const auto& values) { return std::vector<float>(values.begin(), values.end()); };
    std::vector<QcMetric> metrics = {{.name = "counts per cell", .values = floats(qc.total_counts), .log_scale = true},
                                     {.name = "genes per cell", .values = floats(qc.genes_by_counts), .log_scale = true}};
    for (const QcMetrics::SetTotals& set : qc.sets) {
        const bool present = std::ranges::any_of(set.counts, [](double count) { return count > 0; });
        if (present) metrics.push_back({.name = fmt::format("{} counts, percent", set.name == "mt" ? "mitochondrial" : "ribosomal"), .values = floats(set.percent)});
    }
    std::optional<Categorical> groups;
    if (options.batch)
        if (const Column* column = result.cells.dataset.obs.find(*options.batch)) groups = as_categorical(*column);
    Section section{.id = "quality", .title = "Quality", .lead = "The cells that were kept."};
    for (Figure& figure : qc_violins(metrics, groups && groups->categories.size() <= 20 ? &*groups : nullptr)) section.blocks.push_back(std::move(figure));
    return section;
}

Section training_section(const RunResult& result) {
    Section section{.id = "training", .title = "Training", .lead = "Loss per cell of each stage; the weights of the best validation are kept."};
    for (const FittedStage& stage : result.fit.stages) {
        LossCurve train{.name = "training"}, validation{.name = "validation"};
        for (const LossRecord& record : stage.result.history) {
            train.step.push_back(static_cast<double>(record.step));
            train.value.push_back(record.train);
            if (record.validation) {
                validation.step.push_back(static_cast<double>(record.step));
                validation.value.push_back(*record.validation);
            }
        }
        LossCurvesOptions options{.title = "Loss of the " + stage.name + " stage", .step_name = "step", .value_name = "loss per cell"};
        if (stage.result.kept_best) options.best_step = static_cast<double>(stage.result.best_step);
        section.blocks.push_back(loss_curves({train, validation}, options));
    }
    section.blocks.push_back(stage_table(result));
    return section;
}

Figure stability_figure(const ChooseResolutionResult& choice) {
    json x = json::array(), y = json::array(), text = json::array();
    Figure figure{.title = "Choice of the resolution",
                  .alt = "Stability of the clusters under subsampling for each Leiden resolution; the chosen one is marked.",
                  .table = {.caption = "Stability by resolution", .columns = {{"resolution", true}, {"clusters", true}, {"stability", true}}}};
    for (const ResolutionStability& row : choice.rows) {
        x.push_back(row.resolution);
        y.push_back(row.stability);
        text.push_back(fmt::format("{} clusters", row.clusters));
        figure.table.rows.push_back({format_number(row.resolution), std::to_string(row.clusters), format_number(row.stability)});
    }
    const double chosen = choice.rows[choice.chosen].resolution;
    const json line = {{"type", "line"}, {"x0", chosen}, {"x1", chosen}, {"yref", "paper"}, {"y0", 0}, {"y1", 1}, {"line", {{"dash", "dot"}}}};
    figure.alt += fmt::format(" It is {}.", format_number(chosen));
    const json label = {{"x", chosen}, {"y", 1}, {"yref", "paper"}, {"yanchor", "bottom"}, {"showarrow", false}, {"text", "chosen"}};
    figure.plot = {{"data", {{{"type", "scatter"}, {"mode", "lines+markers"}, {"x", x}, {"y", y}, {"text", text}, {"hovertemplate", "%{x}: %{y:.2f}, %{text}<extra></extra>"}}}},
                   {"layout", {{"xaxis", {{"title", {{"text", "resolution"}}}}}, {"yaxis", {{"title", {{"text", "stability (ARI)"}}}}}, {"shapes", {line}}, {"annotations", {label}}}}};
    return figure;
}

std::string duration(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {} s", whole / 60, whole % 60);
}

Section cells_section(const RunResult& result, const CsrMatrix& logged) {
    Frame obs = result.cells.dataset.obs;
    obs.set("cluster", {.values = cluster_categories(result.clustering)});
    CellMapOptions map{.title = "Cells", .colour_by = "cluster", .seed = 0};
    if (result.markers)
        for (const std::vector<std::int64_t>& top : top_markers(*result.markers, kDotPlotGenes))
            for (const std::int64_t gene : top) map.first_genes.push_back(result.cells.genes[gene]);
    Section section{.id = "cells", .title = "Cells", .lead = "Every cell, placed by its sciLaMA representation (UMAP). Colour by cluster, by any column of obs, or by any gene."};
    section.blocks.push_back(cell_map(result.clustering.umap, obs, logged, result.cells.genes, map));
    section.blocks.push_back(cluster_table(result));
    if (result.clustering.choice) section.blocks.push_back(stability_figure(*result.clustering.choice));
    section.blocks.push_back(Paragraph{"What simple methods make of the same cells. For genes that were measured, language adds nothing to the place of a cell; "
                                       "it earns its keep with genes and panels that were not."});
    section.blocks.push_back(score_table(result));
    return section;
}

Section marker_section(const RunResult& result, const CsrMatrix& logged) {
    Section section{.id = "markers", .title = "Marker genes", .lead = "Genes that set a cluster apart from all other cells: Wilcoxon rank-sum test, p values adjusted by Benjamini and Hochberg. "
                                                                      "Clusters come from the same data, so the p values are not those of an independent test."};
    std::vector<std::string> genes, blocks, groups;
    std::vector<std::int64_t> columns;
    const auto top = top_markers(*result.markers, kDotPlotGenes);
    for (std::size_t k = 0; k < top.size(); ++k) {
        groups.push_back(std::to_string(k));
        for (const std::int64_t gene : top[k]) {
            if (std::ranges::find(columns, gene) != columns.end()) continue;
            columns.push_back(gene);
            genes.push_back(result.cells.genes[gene]);
            blocks.push_back(std::to_string(k));
        }
    }
    DenseMatrix mean(static_cast<std::int64_t>(groups.size()), static_cast<std::int64_t>(columns.size())), share = mean;
    std::vector<double> sizes(groups.size());
    std::vector<std::int64_t> position(result.cells.genes.size(), -1);
    for (std::size_t i = 0; i < columns.size(); ++i) position[columns[i]] = static_cast<std::int64_t>(i);
    for (std::int64_t r = 0; r < logged.rows; ++r) {
        const std::int32_t k = result.clustering.labels[r];
        ++sizes[k];
        const auto indices = logged.row_indices(r);
        const auto values = logged.row_values(r);
        for (std::size_t i = 0; i < indices.size(); ++i)
            if (const std::int64_t at = position[indices[i]]; at >= 0) {
                mean(k, at) += values[i];
                share(k, at) += 1;
            }
    }
    for (std::int64_t k = 0; k < mean.rows; ++k)
        for (std::int64_t i = 0; i < mean.cols; ++i) {
            mean(k, i) /= static_cast<float>(sizes[k]);
            share(k, i) /= static_cast<float>(sizes[k]);
        }
    section.blocks.push_back(dot_plot(groups, genes, mean, share, blocks, {.title = "Marker genes by cluster", .group_name = "cluster"}));
    section.blocks.push_back(marker_table(result, 20));
    if (result.latent_markers) {
        section.blocks.push_back(Paragraph{"The model's own score says how far a cluster's cells lie towards a gene (q from 1,000 permutations of the cluster labels, effect at least 0.25). "
                                           "For measured genes it is no better than expression; it can be asked of genes that were not measured."});
        section.blocks.push_back(latent_marker_table(result, 20));
    }
    return section;
}

Section module_section(const RunResult& result) {
    Section section{.id = "genes", .title = "Gene modules", .lead = "Genes placed by their sciLaMA representation, which joins what text says of a gene with where it is expressed."};
    std::vector<std::string> names;
    for (std::size_t g = 0; g < result.fit.model.genes.size(); ++g)
        if (result.fit.model.tied[g]) names.push_back(result.fit.model.genes[g]);
    section.blocks.push_back(gene_map(result.gene_umap, names, module_categories(*result.modules), {.title = "Genes"}));
    section.blocks.push_back(module_table(result));
    if (!result.module_controls.empty()) {
        section.blocks.push_back(Paragraph{"Texts already hold what genes do, so modules of texts alone are rich in gene sets whatever the tissue. What the cells add shows in "
                                           "the specificity: the share of a module's variance that lies between clusters. With shuffled texts every gene has the words of another."});
        section.blocks.push_back(module_control_table(result));
    }
    if (!result.enrichment.pairs.empty()) section.blocks.push_back(enrichment_table(result));
    return section;
}

}  // namespace

Page run_page(const RunResult& result, const RunOptions& options, const std::vector<Warning>& warnings, const json& manifest) {
    const CsrMatrix logged = result.cells.scale == ValueScale::counts ? log_normalize(result.cells.values, 1e4, options.threads) : result.cells.values;
    Page page{.title = options.input.filename().string(), .subtitle = "sciLaMA representations of cells and genes"};
    page.facts = {{"cells", format_count(result.cells.values.rows)},
                  {"genes read", format_count(static_cast<std::int64_t>(result.cells.genes.size()))},
                  {"genes modelled", format_count(static_cast<std::int64_t>(result.fit.model.genes.size()))},
                  {"clusters", std::to_string(result.clustering.clusters)}};
    if (result.modules) page.facts.push_back({"gene modules", std::to_string(result.modules->modules)});
    page.facts.push_back({"run time", duration(manifest.at("seconds").value("total", 0.0))});
    for (const Warning& warning : warnings) page.notes.push_back({.level = Note::Level::warning, .text = fmt::format("{} ({}): {}", warning.name, warning.count, warning.detail)});
    if (!result.modules)
        page.notes.push_back({.text = "No gene text was given, so the cells alone were modelled. `lexicell knowledge build` makes the texts offline; `--knowledge` uses them."});
    page.sections.push_back(cells_section(result, logged));
    if (result.markers) page.sections.push_back(marker_section(result, logged));
    if (result.modules) page.sections.push_back(module_section(result));
    page.sections.push_back(data_section(result, options, manifest));
    page.sections.push_back(quality_section(result, options));
    page.sections.push_back(training_section(result));
    json rest = manifest;  // what has a section of its own stands there
    rest.erase("scores");
    rest.erase("stages");
    page.sections.push_back(manifest_section(rest));
    return page;
}

}  // namespace lexicell
