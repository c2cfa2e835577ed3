// Labels from a labelled reference, or from the model of an earlier annotation.

#include <algorithm>

#include <nlohmann/json.hpp>

#include "lexicell/tasks/annotate.h"
#include "lexicell/tasks/classifier_folder.h"
#include "lexicell/tasks/score_text.h"
#include "lexicell/tasks/text_side.h"
#include "lexicell/train/model_folder.h"
#include "python/bindings/arrays.h"
#include "python/bindings/datasets.h"
#include "python/bindings/parts.h"
#include "python/bindings/settings.h"
#include "python/bindings/work.h"

namespace lexicell::python {

using nlohmann::json;

namespace {

json facts_of(const CalibratedClassifier& model, const TrainedAnnotator* trained) {
    json out = {{"method", std::string(model.classifier->kind())}, {"temperature", model.temperature}, {"threshold", model.threshold},
                {"genes", model.classifier->classifier_genes().size()}};
    if (!trained) return out;
    json rows = json::array(), bins = json::array(), curve = json::array();
    for (const HeldOutScores& row : trained->compared)
        rows.push_back({{"method", row.method}, {"macro_f1", number_or_null(row.macro_f1)}, {"accuracy", number_or_null(row.accuracy)},
                        {"ece", number_or_null(row.ece)}, {"ece_calibrated", number_or_null(row.ece_calibrated)}, {"aurc", number_or_null(row.aurc)}});
    for (const CalibrationBin& bin : trained->calibration.bins)
        if (bin.cells > 0) bins.push_back({{"cells", bin.cells}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
    for (const RiskCoveragePoint& point : trained->curve.points)
        curve.push_back({{"threshold", point.threshold}, {"coverage", point.coverage}, {"accuracy", point.accuracy}});
    out.update({{"held_out", rows}, {"held_out_cells", trained->held_out_cells}, {"held_out_by", trained->held_out_by}, {"reliability", bins}, {"coverage", curve}});
    return out;
}

struct Annotated {
    Annotation labels;
    std::vector<std::string> classes;
    std::vector<std::int64_t> rows;
    std::string facts;
};

nb::object py_annotate(nb::object slots, nb::object reference, const nb::dict& settings, nb::object reporter) {
    AnnotateOptions options;
    set(options.label, settings, "label");
    set(options.unlabelled, settings, "unlabelled");
    set(options.group, settings, "group");
    set(options.method, settings, "method");
    set(options.target_risk, settings, "target_risk");
    set(options.compare, settings, "compare");
    set(options.classifier.inverse_strength, settings, "inverse_strength");
    set(options.classifier.seed, settings, "seed");
    LoadOptions load = load_options(settings);
    load.accept_log = true;
    load.keep_file = false;
    options.classifier.threads = load.threads;
    const std::optional<std::filesystem::path> knowledge = text_sources(settings).knowledge;
    const auto save_to = setting<std::filesystem::path>(settings, "save_model");
    const bool is_folder = !nb::isinstance<nb::dict>(reference);
    const auto folder = is_folder ? nb::cast<std::filesystem::path>(reference) : std::filesystem::path();
    Dataset reference_cells = is_folder ? Dataset{} : to_dataset(reference), query_cells = to_dataset(slots);
    Annotated found = run_work(reporter, load.threads, [&](Sink& sink) {
        const TextSide names = knowledge ? read_text_side(knowledge, {}, Dedup::refuse, sink) : TextSide{};
        LoadedCells query = load_cells(std::move(query_cells), names.catalog(), load, sink);
        std::optional<TrainedAnnotator> trained;
        CalibratedClassifier loaded;
        if (is_folder) {
            loaded = read_classifier(folder);
        } else {
            const LoadedCells learned = load_cells(std::move(reference_cells), names.catalog(), load, sink);
            trained = train_annotator(learned, shared_genes(learned, query, sink), options, sink);
        }
        const CalibratedClassifier& model = trained ? trained->model : loaded;
        if (save_to) {
            const ModelCard card{.name = std::string(model.classifier->kind()) + " classifier", .description = "Labels single cells by log-normalised expression.",
                                 .tags = {"single-cell", "annotation"}};
            write_model_folder(to_folder(model, card), *save_to, true);
        }
        return Annotated{.labels = annotate(model, query, sink), .classes = model.classifier->classes(), .rows = std::move(query.cell_rows),
                         .facts = facts_of(model, trained ? &*trained : nullptr).dump()};
    });
    nb::dict out;
    out["probability"] = to_numpy(std::move(found.labels.probability));
    out["label"] = to_numpy(std::move(found.labels.label));
    out["confidence"] = to_numpy(std::move(found.labels.confidence));
    out["novelty"] = to_numpy(std::move(found.labels.novelty));
    out["classes"] = nb::cast(found.classes);
    out["rows"] = to_numpy(std::move(found.rows));
    out["facts"] = found.facts;
    return out;
}

}  // namespace

void bind_annotation(nb::module_& m) {
    using namespace nb::literals;
    m.def("annotate", &py_annotate, "slots"_a, "reference"_a, "settings"_a, "reporter"_a, "reference: slots, or the folder of a model");
}

}  // namespace lexicell::python
