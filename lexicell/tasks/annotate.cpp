#include "lexicell/tasks/annotate.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/data/take.h"
#include "lexicell/metrics/novelty.h"
#include "lexicell/metrics/rejection.h"
#include "lexicell/tasks/held_out.h"
#include "lexicell/tasks/log_values.h"
#include "lexicell/tasks/require_column.h"
#include "lexicell/tasks/sorted_labels.h"

namespace lexicell {

namespace {

constexpr std::int64_t kFewestCells = 50, kFewestGenes = 50;

SortedLabels labels_of(const LoadedCells& reference, const AnnotateOptions& options) {
    SortedLabels labels = sorted_labels(require_column(reference.dataset.obs, options.label), options.unlabelled);
    if (labels.names.size() < 2 || labels.labelled() < kFewestCells)
        throw Error(ErrorKind::precondition, {.type = "few-labels", .message = "the reference has too few labelled cells or classes", .key = "obs['" + options.label + "']",
                                              .found = fmt::format("{} cells of {} classes", labels.labelled(), labels.names.size()),
                                              .expected = fmt::format("at least {} cells of two classes", kFewestCells)});
    return labels;
}

struct Prediction {
    std::vector<std::int32_t> label;
    std::vector<double> confidence;
};

Prediction most_probable(const DenseMatrix& probability) {
    Prediction out{.label = most_likely(probability)};
    for (std::int64_t i = 0; i < probability.rows; ++i) out.confidence.push_back(probability(i, out.label[i]));
    return out;
}

RiskCoverage curve_of(const std::vector<std::int32_t>& truth, const Prediction& said) {
    std::vector<std::int32_t> correct;
    for (std::size_t i = 0; i < truth.size(); ++i) correct.push_back(truth[i] == said.label[i]);
    return risk_coverage(correct, said.confidence);
}

// The lowest threshold from which on the labels given are wrong no more often than `risk`.
double threshold_for(const RiskCoverage& curve, double risk, Sink& sink) {
    double threshold = 1;
    bool reached = false;
    for (const RiskCoveragePoint& point : curve.points)
        if (1 - point.accuracy <= risk) {
            threshold = point.threshold;
            reached = true;
        }
    if (!reached) sink.warn({"risk-not-reached", 1, fmt::format("no threshold keeps the share of wrong labels at {:.0f} % on the held-out cells", 100 * risk)});
    return reached && threshold == curve.points.back().threshold ? 0 : threshold;
}

}  // namespace

std::vector<std::string> shared_genes(const LoadedCells& reference, const LoadedCells& query, Sink& sink) {
    const std::unordered_set<std::string_view> known(query.genes.begin(), query.genes.end());
    std::vector<std::string> shared;
    for (const std::string& gene : reference.genes)
        if (known.contains(gene)) shared.push_back(gene);
    sink.info(fmt::format("{} genes are shared: {:.0f} % of the reference's {}, {:.0f} % of the query's {}", shared.size(),
                          100.0 * static_cast<double>(shared.size()) / static_cast<double>(reference.genes.size()), reference.genes.size(),
                          100.0 * static_cast<double>(shared.size()) / static_cast<double>(query.genes.size()), query.genes.size()));
    const std::size_t smaller = std::min(reference.genes.size(), query.genes.size());
    if (std::ssize(shared) < kFewestGenes || 10 * shared.size() < smaller)
        throw Error(ErrorKind::precondition, {.type = "few-shared-genes", .message = "reference and query share too few genes",
                                              .found = fmt::format("{} of {} and {}", shared.size(), reference.genes.size(), query.genes.size()),
                                              .expected = fmt::format("at least {} and a tenth of the smaller list", kFewestGenes),
                                              .hint = "are both of the same species, and both symbols or both Ensembl ids? --knowledge brings names together"});
    return shared;
}

TrainedAnnotator train_annotator(const LoadedCells& reference, const std::vector<std::string>& genes, const AnnotateOptions& options, Sink& sink) {
    const SortedLabels labels = labels_of(reference, options);
    const std::vector<std::string>& read = genes.empty() ? reference.genes : genes;
    const CsrMatrix logged = log_values(reference, read, sink);
    const Split split = held_out_split(reference.dataset.obs, labels, options.group, options.classifier.seed);
    const CsrMatrix seen = take_rows(logged, split.train), unseen = take_rows(logged, split.validation);
    const std::vector<std::int32_t> seen_labels = take(labels.codes, split.train), truth = take(labels.codes, split.validation);

    TrainedAnnotator out{.held_out_cells = std::ssize(split.validation), .held_out_by = options.group ? *options.group : "cells at random"};
    std::vector<std::string> methods = {options.method};
    if (options.compare)
        for (const std::string& kind : classifier_kinds())
            if (kind != options.method) methods.push_back(kind);
    for (const std::string& method : methods) {
        sink.progress({.stage = "held-out cells", .done = out.compared.size(), .total = methods.size()});
        const DenseMatrix logits = fit_classifier(method, seen, seen_labels, read, labels.names, options.classifier, sink)->logits(unseen);
        const Score fitted = fit_temperature(truth, logits);
        const double temperature = fitted.available() ? fitted.value : 1;
        const DenseMatrix calibrated = scaled_softmax(logits, temperature);
        const Prediction said = most_probable(calibrated);
        const ClassificationScores scores = classification_scores(truth, said.label, static_cast<std::int32_t>(labels.names.size()));
        const RiskCoverage curve = curve_of(truth, said);
        const CalibrationError after = calibration_error(truth, calibrated);
        out.compared.push_back({.method = method, .macro_f1 = scores.macro_f1, .accuracy = scores.accuracy, .ece = calibration_error(truth, scaled_softmax(logits)).ece,
                                .ece_calibrated = after.ece, .aurc = curve.aurc});
        if (method != options.method) continue;
        out.model.temperature = temperature;
        out.model.threshold = threshold_for(curve, options.target_risk, sink);
        out.held_out = scores;
        out.calibration = after;
        out.curve = curve;
    }
    if (options.leave_types_out) out.left_out = leave_type_out(options.method, logged, labels.codes, read, labels.names, split, options.classifier, sink);
    out.model.classifier = fit_classifier(options.method, logged, labels.codes, read, labels.names, options.classifier, sink);
    return out;
}

Annotation annotate(const CalibratedClassifier& model, const LoadedCells& query, Sink& sink) {
    return annotate(model, log_values(query, model.classifier->classifier_genes(), sink));
}

Annotation annotate(const CalibratedClassifier& model, const CsrMatrix& logged) {
    const DenseMatrix logits = model.classifier->logits(logged);
    Annotation out{.probability = scaled_softmax(logits, model.temperature)};
    const Prediction said = most_probable(out.probability);
    out.label = reject_below(said.label, said.confidence, model.threshold);
    out.confidence = said.confidence;
    out.novelty = unsureness(out.probability);
    return out;
}

}  // namespace lexicell
