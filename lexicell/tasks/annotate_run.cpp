#include "lexicell/tasks/annotate_run.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/hash.h"
#include "lexicell/graph/umap.h"
#include "lexicell/prep/highly_variable.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/pca.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/report/line_figure.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/tasks/classifier_folder.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/run_folder.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/table_file.h"
#include "lexicell/tasks/text_side.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kUnassigned = "Unassigned";

struct Outcome {
    LoadedCells query;
    std::optional<TrainedAnnotator> trained;  // absent where the reference is a model
    CalibratedClassifier loaded;
    Annotation annotation;
    std::optional<ClassificationScores> against_truth;
    std::string truth;

    const CalibratedClassifier& model() const { return trained ? trained->model : loaded; }
    const std::vector<std::string>& classes() const { return model().classifier->classes(); }
};

Categorical label_column(const Outcome& outcome) {
    Categorical out{.categories = outcome.classes()};
    out.categories.push_back(kUnassigned);
    const auto unassigned = static_cast<std::int32_t>(out.categories.size()) - 1;
    for (const std::int32_t code : outcome.annotation.label) out.codes.push_back(code < 0 ? unassigned : code);
    return out;
}

ClassificationScores score_against(const Outcome& outcome, const std::string& column) {
    const Categorical truth = as_categorical(require_column(outcome.query.dataset.obs, column));
    std::map<std::string, std::int32_t> code_of;
    for (std::size_t c = 0; c < outcome.classes().size(); ++c) code_of[outcome.classes()[c]] = static_cast<std::int32_t>(c);
    // Types that the reference does not hold are classes of their own, which no prediction can hit.
    std::vector<std::int32_t> codes;
    for (const std::int32_t code : truth.codes)
        codes.push_back(code < 0 ? -1 : code_of.emplace(truth.categories[code], static_cast<std::int32_t>(code_of.size())).first->second);
    return classification_scores(codes, outcome.annotation.label, static_cast<std::int32_t>(code_of.size()));
}

Dataset additions_of(const Outcome& outcome, const json& manifest) {
    const Dataset& base = outcome.query.dataset;
    Dataset out{.obs = {.index = base.obs.index, .index_name = base.obs.index_name}, .var = {.index = base.var.index, .index_name = base.var.index_name}};
    out.obs.set("lexicell_label", {.values = label_column(outcome)});
    out.obs.set("lexicell_confidence", {.values = outcome.annotation.confidence});
    out.obs.set("lexicell_ood", {.values = outcome.annotation.novelty});
    out.obsm["lexicell_probability"] = outcome.annotation.probability;
    StringArray names{.values = outcome.classes()};
    names.shape = {std::ssize(names.values)};
    out.uns["lexicell_classes"] = Value{names};
    append_run(base, manifest, out);
    return out;
}

Table compared_table(const TrainedAnnotator& trained) {
    Table table{.caption = "Classifiers on cells of the reference that they had not seen",
                .columns = {{"method"}, {"macro-F1", true}, {"accuracy", true}, {"ECE", true}, {"ECE, calibrated", true}, {"AURC", true}}, .file_name = "held_out"};
    for (const HeldOutScores& row : trained.compared)
        table.rows.push_back({row.method, text_of(row.macro_f1), text_of(row.accuracy), text_of(row.ece), text_of(row.ece_calibrated), text_of(row.aurc)});
    return table;
}

Table class_table(const Outcome& outcome) {
    Table table{.caption = "Labels given", .columns = {{"label"}, {"cells", true}, {"share", true}, {"mean confidence", true}}, .file_name = "labels"};
    const Categorical labels = label_column(outcome);
    for (std::size_t c = 0; c < labels.categories.size(); ++c) {
        double cells = 0, confidence = 0;
        for (std::size_t i = 0; i < labels.codes.size(); ++i)
            if (labels.codes[i] == static_cast<std::int32_t>(c)) ++cells, confidence += outcome.annotation.confidence[i];
        if (cells > 0)
            table.rows.push_back({labels.categories[c], format_count(static_cast<std::int64_t>(cells)), format_percent(cells / static_cast<double>(labels.codes.size())),
                                  format_number(confidence / cells)});
    }
    return table;
}

Figure confusion_figure(const TrainedAnnotator& trained, const std::vector<std::string>& classes) {
    const auto size = std::ssize(classes);
    DenseMatrix shares(size, size);
    for (std::int64_t t = 0; t < size; ++t)
        for (std::int64_t p = 0; p < size; ++p)
            shares(t, p) = static_cast<float>(trained.held_out.confusion[t * size + p]) / static_cast<float>(std::max<std::int64_t>(1, trained.held_out.classes[t].support));
    return heatmap(classes, classes, shares, {.title = "Confusion of held-out cells", .row_name = "true label", .column_name = "predicted label",
                                              .value_name = "share of the true label", .lowest = 0, .highest = 1});
}

Figure reliability_figure(const TrainedAnnotator& trained) {
    Line said{.name = "cells"}, ideal{.name = "ideal", .x = {0, 1}, .y = {0, 1}};
    for (const CalibrationBin& bin : trained.calibration.bins)
        if (bin.cells > 0) {
            said.x.push_back(bin.confidence);
            said.y.push_back(bin.accuracy);
        }
    return line_figure({said, ideal}, {.title = "Reliability", .x_name = "probability that was said", .y_name = "share that was right", .markers = true});
}

Figure coverage_figure(const TrainedAnnotator& trained) {
    Line line{.name = "risk"};
    double chosen = 1;
    for (const RiskCoveragePoint& point : trained.curve.points) {
        line.x.push_back(point.coverage);
        line.y.push_back(1 - point.accuracy);
        if (point.threshold >= trained.model.threshold) chosen = point.coverage;
    }
    return line_figure({line}, {.title = "Risk and coverage", .x_name = "share of cells that get a label", .y_name = "share of these that is wrong", .marked_x = chosen,
                                .mark = "chosen"});
}

PointMap map_of(const Outcome& outcome, const AnnotateOptions& options, Sink& sink) {
    const CsrMatrix logged = outcome.query.scale == ValueScale::counts ? log_normalize(outcome.query.values, 1e4, options.classifier.threads) : outcome.query.values;
    const CsrMatrix variable = take_cols(logged, highly_variable_genes(logged, {.threads = options.classifier.threads}).genes());
    const auto components = static_cast<int>(std::min<std::int64_t>({30, variable.rows - 1, variable.cols}));
    const DenseMatrix scores = pca(variable, {.components = components, .seed = options.classifier.seed, .threads = options.classifier.threads}).scores;
    const DenseMatrix plane = umap(knn(scores, {.k = 15, .threads = options.classifier.threads}), {.seed = options.classifier.seed}, sink);
    Frame obs = outcome.query.dataset.obs;
    obs.set("label given", {.values = label_column(outcome)});
    obs.set("confidence", {.values = outcome.annotation.confidence});
    obs.set("unsureness", {.values = outcome.annotation.novelty});
    return cell_map(plane, obs, logged, outcome.query.genes, {.title = "Cells of the query", .colour_by = "label given"});
}

Page page_of(const Outcome& outcome, const AnnotateRunOptions& options, const json& manifest, Sink& sink) {
    const auto unassigned = std::ranges::count(outcome.annotation.label, -1);
    Page page{.title = options.query.filename().string(), .subtitle = fmt::format("labels from {} by {}", options.reference.filename().string(), outcome.model().classifier->kind())};
    page.facts = {{"cells", format_count(outcome.query.values.rows)}, {"classes", std::to_string(outcome.classes().size())},
                  {"genes read", format_count(std::ssize(outcome.model().classifier->classifier_genes()))},
                  {"unassigned", format_percent(static_cast<double>(unassigned) / static_cast<double>(std::max<std::int64_t>(1, outcome.query.values.rows)))}};
    if (outcome.against_truth) page.facts.emplace_back("macro-F1 against " + outcome.truth, text_of(outcome.against_truth->macro_f1));
    if (outcome.trained) {
        const auto& rows = outcome.trained->compared;
        const auto best = std::ranges::max_element(rows, {}, [](const HeldOutScores& row) { return row.macro_f1.available() ? row.macro_f1.value : -1; });
        if (best != rows.begin())
            page.notes.push_back({.level = Note::Level::warning, .text = fmt::format("On held-out cells of the reference, {} has the better macro-F1: {} against {} of {}.", best->method,
                                                                                     text_of(best->macro_f1), text_of(rows.front().macro_f1), rows.front().method)});
    }
    Section cells{.id = "cells", .title = "Cells", .lead = "The query, placed by its own expression (UMAP of 30 principal components). The labels come from the reference."};
    cells.blocks.push_back(map_of(outcome, options.annotate, sink));
    cells.blocks.push_back(class_table(outcome));
    page.sections.push_back(std::move(cells));
    if (outcome.trained) {
        const TrainedAnnotator& trained = *outcome.trained;
        Section held_out{.id = "held-out", .title = "How far to trust it",
                         .lead = fmt::format("{} cells of the reference were held out ({}). Temperature and threshold were chosen on them, so the calibrated figures flatter a little.",
                                             format_count(trained.held_out_cells), trained.held_out_by)};
        held_out.blocks = {compared_table(trained), confusion_figure(trained, outcome.classes()), reliability_figure(trained), coverage_figure(trained)};
        page.sections.push_back(std::move(held_out));
    }
    page.sections.push_back(manifest_section(manifest));
    return page;
}

json describe(const Outcome& outcome) {
    json out = {{"classifier", std::string(outcome.model().classifier->kind())}, {"classes", outcome.classes()}, {"genes", outcome.model().classifier->classifier_genes().size()},
                {"temperature", outcome.model().temperature}, {"threshold", outcome.model().threshold}, {"unassigned", std::ranges::count(outcome.annotation.label, -1)},
                {"held_out", json::array()}};
    if (outcome.trained)
        for (const HeldOutScores& row : outcome.trained->compared)
            out["held_out"].push_back({{"method", row.method}, {"macro_f1", number_or_null(row.macro_f1)}, {"accuracy", number_or_null(row.accuracy)}, {"ece", number_or_null(row.ece)},
                                       {"ece_calibrated", number_or_null(row.ece_calibrated)}, {"aurc", number_or_null(row.aurc)}});
    if (outcome.against_truth)
        out["against_truth"] = {{"column", outcome.truth}, {"macro_f1", number_or_null(outcome.against_truth->macro_f1)}, {"accuracy", number_or_null(outcome.against_truth->accuracy)}};
    return out;
}

}  // namespace

json annotate_run(const AnnotateRunOptions& options, Sink& sink) {
    Manifest manifest("annotate", options.annotate.classifier.seed, options.annotate.classifier.threads);
    manifest.begin_stage("read");
    manifest.add_input(options.query);
    manifest.document()["reference"] = options.reference.filename().string();
    const TextSide names = options.knowledge ? read_text_side(options.knowledge, {}, Dedup::refuse, sink) : TextSide{};
    Outcome outcome;
    LoadOptions load = options.load;
    load.accept_log = true;
    outcome.query = load_cells(options.query, names.catalog(), load, sink);
    if (options.truth) require_column(outcome.query.dataset.obs, *options.truth);
    RunFolder folder(options.output, options.overwrite, Resume::never, sha256(manifest.document().dump()), sink);

    manifest.begin_stage("train");
    if (fs::is_directory(options.reference) && fs::exists(options.reference / "config.json")) {
        outcome.loaded = read_classifier(options.reference);
    } else {
        load.keep_file = false;
        const LoadedCells reference = load_cells(options.reference, names.catalog(), load, sink);
        outcome.trained = train_annotator(reference, shared_genes(reference, outcome.query, sink), options.annotate, sink);
        const HeldOutScores& own = outcome.trained->compared.front();
        sink.info(fmt::format("{} on {} held-out cells ({}): macro-F1 {}, accuracy {}, ECE {} after calibration", own.method, outcome.trained->held_out_cells,
                              outcome.trained->held_out_by, text_of(own.macro_f1), text_of(own.accuracy), text_of(own.ece_calibrated)));
    }
    manifest.begin_stage("annotate");
    outcome.annotation = annotate(outcome.model(), outcome.query, sink);
    if (options.truth) {
        outcome.truth = *options.truth;
        outcome.against_truth = score_against(outcome, *options.truth);
    }
    manifest.document()["annotation"] = describe(outcome);
    manifest.begin_stage("write");
    const json document = manifest.finish({});
    write_h5ad(outcome.query.dataset, additions_of(outcome, document), folder.partial() / "lexicell.h5ad", options.h5ad, sink);
    fs::create_directories(folder.partial() / "tables");
    write_table(class_table(outcome), folder.partial() / "tables" / "labels.csv");
    if (outcome.trained) write_table(compared_table(*outcome.trained), folder.partial() / "tables" / "held_out.csv");
    const ModelCard card{.name = fmt::format("{} classifier of {}", outcome.model().classifier->kind(), options.reference.filename().string()),
                         .description = "Labels single cells by log-normalised expression. It knows the classes of its reference only; cells of other kinds get the nearest one or none.",
                         .tags = {"single-cell", "annotation"},
                         .datasets = {options.reference.filename().string()}};
    write_model_folder(to_folder(outcome.model(), card), folder.partial() / "model", true);
    write_page(page_of(outcome, options, document, sink), folder.partial() / "report.html");
    write_file_atomically(folder.partial() / "manifest.json", document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    folder.publish();
    return document;
}

}  // namespace lexicell
