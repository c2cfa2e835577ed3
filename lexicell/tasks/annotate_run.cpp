#include "lexicell/tasks/annotate_run.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/hash.h"
#include "lexicell/metrics/rejection.h"
#include "lexicell/models/baseline/pca_encoder.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/report/line_figure.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/tasks/classifier_folder.h"
#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/label_drivers.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/manifest.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/roll_up.h"
#include "lexicell/tasks/run_folder.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/table_file.h"
#include "lexicell/tasks/text_side.h"
#include "lexicell/text/ontology.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kUnassigned = "Unassigned";
constexpr const char* kHeterogeneous = "Heterogeneous";

struct Outcome {
    LoadedCells query;
    std::optional<TrainedAnnotator> trained;  // absent where the reference is a model
    CalibratedClassifier loaded;
    Annotation annotation;
    std::vector<LabelDriver> drivers;
    Clustering clustering;                    // of the query, fine: its cells vote
    std::vector<std::int32_t> majority;       // N codes, -1 = the cluster is heterogeneous
    std::optional<Ontology> ontology;
    RolledUp rolled_up;
    std::optional<ClassificationScores> against_truth;
    std::string truth;

    const CalibratedClassifier& model() const { return trained ? trained->model : loaded; }
    const std::vector<std::string>& classes() const { return model().classifier->classes(); }
};

// Codes below 0 become a category of their own.
Categorical column_of(const std::vector<std::int32_t>& codes, std::vector<std::string> names, const char* none) {
    Categorical out{.categories = std::move(names)};
    out.categories.push_back(none);
    const auto last = static_cast<std::int32_t>(out.categories.size()) - 1;
    for (const std::int32_t code : codes) out.codes.push_back(code < 0 ? last : code);
    return out;
}

Categorical label_column(const Outcome& outcome) { return column_of(outcome.annotation.label, outcome.classes(), kUnassigned); }
Categorical majority_column(const Outcome& outcome) { return column_of(outcome.majority, outcome.classes(), kHeterogeneous); }

// Terms that occur, by their names in the ontology; `text` is what of a term is wanted.
Categorical ontology_column(const Outcome& outcome, std::string OntologyTerm::*text) {
    std::vector<std::string> values;
    for (const std::int32_t term : outcome.rolled_up.term) values.push_back(term < 0 ? kUnassigned : outcome.ontology->terms()[term].*text);
    return categorize(values);
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
    out.obs.set("lexicell_majority", {.values = majority_column(outcome)});
    if (outcome.ontology) {
        out.obs.set("lexicell_ontology_label", {.values = ontology_column(outcome, &OntologyTerm::name)});
        out.obs.set("lexicell_ontology_id", {.values = ontology_column(outcome, &OntologyTerm::id)});
        out.obs.set("lexicell_ontology_confidence", {.values = outcome.rolled_up.probability});
    }
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

Table driver_table(const Outcome& outcome) {
    Table table{.caption = "Genes that drove each label", .columns = {{"label"}, {"gene"}, {"adds to the logit", true}, {"weight", true}, {"mean in the label", true}, {"mean in all", true}},
                .file_name = "drivers"};
    for (const LabelDriver& driver : outcome.drivers)
        table.rows.push_back({outcome.classes()[driver.label], driver.gene, format_number(driver.contribution), format_number(driver.weight), format_number(driver.inside),
                              format_number(driver.everywhere)});
    return table;
}

Table left_out_table(const TrainedAnnotator& trained) {
    Table table{.caption = "Types left out of the reference: are their cells noticed?",
                .columns = {{"type left out"}, {"cells", true}, {"AUROC of 1 - confidence", true}, {"FPR95", true}, {"AUROC of the energy", true}, {"FPR95 of the energy", true}}, .file_name = "left_out"};
    for (const LeftOutType& row : trained.left_out)
        table.rows.push_back({row.type, format_count(row.cells), text_of(row.unsureness.auroc), text_of(row.unsureness.fpr95), text_of(row.energy.auroc), text_of(row.energy.fpr95)});
    return table;
}

// Neighbourhoods of the query by its own expression; fine clusters, so that a vote does not mix types (CellTypist's choice of
// resolution).
Clustering cluster_query(const LoadedCells& query, const CsrMatrix& logged, const ClassifierOptions& options, Sink& sink) {
    const FittedPca fitted = fit_pca_encoder(logged, query.genes, std::nullopt, std::nullopt, {.components = 30, .seed = options.seed, .threads = options.threads});
    const double resolution = logged.rows < 5'000 ? 5 : logged.rows < 20'000 ? 10 : logged.rows < 40'000 ? 15 : logged.rows < 100'000 ? 20 : logged.rows < 200'000 ? 25 : 30;
    return cluster(fitted.cells, {.resolution = resolution, .seed = options.seed, .threads = options.threads}, sink);
}

PointMap map_of(const Outcome& outcome, const CsrMatrix& logged) {
    Frame obs = outcome.query.dataset.obs;
    obs.set("label given", {.values = label_column(outcome)});
    obs.set("label of the cluster", {.values = majority_column(outcome)});
    if (outcome.ontology) obs.set("label in the ontology", {.values = ontology_column(outcome, &OntologyTerm::name)});
    obs.set("confidence", {.values = outcome.annotation.confidence});
    obs.set("unsureness", {.values = outcome.annotation.novelty});
    return cell_map(outcome.clustering.umap, obs, logged, outcome.query.genes, {.title = "Cells of the query", .colour_by = "label given"});
}

Page page_of(const Outcome& outcome, const AnnotateRunOptions& options, const CsrMatrix& logged, const json& manifest) {
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
    cells.blocks.push_back(map_of(outcome, logged));
    cells.blocks.push_back(class_table(outcome));
    if (!outcome.drivers.empty()) cells.blocks.push_back(driver_table(outcome));
    page.sections.push_back(std::move(cells));
    if (outcome.trained) {
        const TrainedAnnotator& trained = *outcome.trained;
        Section held_out{.id = "held-out", .title = "How far to trust it",
                         .lead = fmt::format("{} cells of the reference were held out ({}). Temperature and threshold were chosen on them, so the calibrated figures flatter a little.",
                                             format_count(trained.held_out_cells), trained.held_out_by)};
        held_out.blocks = {compared_table(trained), confusion_figure(trained, outcome.classes()), reliability_figure(trained), coverage_figure(trained)};
        if (!trained.left_out.empty()) held_out.blocks.push_back(left_out_table(trained));
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
    if (outcome.trained && !outcome.trained->left_out.empty()) {
        out["left_out"] = json::array();
        for (const LeftOutType& row : outcome.trained->left_out)
            out["left_out"].push_back({{"type", row.type}, {"cells", row.cells}, {"auroc", number_or_null(row.unsureness.auroc)}, {"fpr95", number_or_null(row.unsureness.fpr95)},
                                       {"auroc_energy", number_or_null(row.energy.auroc)}, {"fpr95_energy", number_or_null(row.energy.fpr95)}});
    }
    if (outcome.ontology) out["ontology"] = {{"retreated", outcome.rolled_up.retreated}, {"unassigned", std::ranges::count(outcome.rolled_up.term, -1)}};
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
    const std::optional<Ontology> ontology = options.ontology ? std::optional(read_ontology(*options.ontology)) : std::nullopt;
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
    {
        const CsrMatrix read = log_values(outcome.query, outcome.model().classifier->classifier_genes(), sink);
        outcome.annotation = annotate(outcome.model(), read);
        outcome.drivers = label_drivers(*outcome.model().classifier, read, outcome.annotation.label);
    }
    const CsrMatrix logged = log_values(outcome.query, outcome.query.genes, silence());
    outcome.clustering = cluster_query(outcome.query, logged, options.annotate.classifier, sink);
    outcome.majority = majority_vote(outcome.annotation.label, outcome.clustering.labels, options.majority_share);
    if (ontology) {
        const OntologyClasses classes = place_classes(*ontology, outcome.classes());
        if (!classes.unknown.empty())
            sink.warn({"classes-without-term", classes.unknown.size(), fmt::format("the ontology has no term of the name {}: their cells keep no ontology label", fmt::join(classes.unknown, ", "))});
        outcome.rolled_up = roll_up(outcome.annotation.probability, classes, *ontology, 1 - options.annotate.target_risk);
        outcome.ontology = ontology;
    }
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
    if (outcome.trained && !outcome.trained->left_out.empty()) write_table(left_out_table(*outcome.trained), folder.partial() / "tables" / "left_out.csv");
    if (!outcome.drivers.empty()) write_table(driver_table(outcome), folder.partial() / "tables" / "drivers.csv");
    const ModelCard card{.name = fmt::format("{} classifier of {}", outcome.model().classifier->kind(), options.reference.filename().string()),
                         .description = "Labels single cells by log-normalised expression. It knows the classes of its reference only; cells of other kinds get the nearest one or none.",
                         .tags = {"single-cell", "annotation"},
                         .datasets = {options.reference.filename().string()}};
    write_model_folder(to_folder(outcome.model(), card), folder.partial() / "model", true);
    write_page(page_of(outcome, options, logged, document), folder.partial() / "report.html");
    write_file_atomically(folder.partial() / "manifest.json", document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    folder.publish();
    return document;
}

}  // namespace lexicell
