#include "lexicell/models/baseline/expression_classifier.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lexicell/base/error.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/logistic_regression.h"
#include "lexicell/models/baseline/single_r.h"
#include "lexicell/models/baseline/tensor_reader.h"
#include "lexicell/prep/pca.h"
#include "lexicell/prep/scaled_log.h"

namespace lexicell {

namespace {

class LogisticClassifier : public ExpressionClassifier {
public:
    LogisticClassifier(std::string kind, std::vector<std::string> genes, std::vector<std::string> classes, LogisticWeights weights, int threads)
        : ExpressionClassifier(std::move(genes), std::move(classes)), kind_(std::move(kind)), weights_(std::move(weights)), threads_(threads) {}

    static LogisticWeights::Form form_of(std::string_view kind) {
        return kind == "celltypist" ? LogisticWeights::Form::one_versus_rest : LogisticWeights::Form::multinomial;
    }
    static std::unique_ptr<ExpressionClassifier> load(std::string kind, const TensorReader& tensors, std::vector<std::string> genes, std::vector<std::string> classes) {
        const auto g = std::ssize(genes), c = std::ssize(classes);
        LogisticWeights weights{.form = c == 2 ? LogisticWeights::Form::one_versus_rest : form_of(kind), .weights = tensors.matrix("weights", c, g),
                                .intercept = tensors.vector("intercept", c)};
        if (tensors.has("cap")) weights.cap = tensors.matrix("cap", 1, g).values;
        return std::make_unique<LogisticClassifier>(std::move(kind), std::move(genes), std::move(classes), std::move(weights), 1);
    }

    std::string_view kind() const override { return kind_; }
    DenseMatrix gene_weights() const override { return weights_.weights; }
    DenseMatrix logits(const CsrMatrix& logged) const override {
        if (weights_.form == LogisticWeights::Form::multinomial) return class_scores(weights_, logged, threads_);
        DenseMatrix p = class_probabilities(weights_, logged, threads_);
        for (float& value : p.values) value = std::log(std::max(value, 1e-30f));
        return p;
    }
    SafetensorsFile tensors() const override {
        SafetensorsFile file;
        file.tensors["weights"] = to_host(weights_.weights);
        file.tensors["intercept"] = to_host(weights_.intercept);
        if (!weights_.cap.empty()) file.tensors["cap"] = HostTensor::of(std::span<const float>(weights_.cap), {1, std::ssize(weights_.cap)});
        return file;
    }

private:
    std::string kind_;
    LogisticWeights weights_;
    int threads_;
};

// Votes of the nearest reference cells in principal components, each class with half a vote to begin with.
class KnnClassifier : public ExpressionClassifier {
public:
    KnnClassifier(std::vector<std::string> genes, std::vector<std::string> classes, DenseMatrix loadings, std::vector<double> mean, DenseMatrix reference,
                  std::vector<double> labels, int neighbours, int threads)
        : ExpressionClassifier(std::move(genes), std::move(classes)), loadings_(std::move(loadings)), mean_(std::move(mean)), reference_(std::move(reference)),
          labels_(std::move(labels)), neighbours_(neighbours), threads_(threads) {}

    static std::unique_ptr<ExpressionClassifier> fit(const CsrMatrix& logged, std::span<const std::int32_t> labels, std::vector<std::string> genes,
                                                     std::vector<std::string> classes, const ClassifierOptions& options) {
        const auto components = static_cast<int>(std::min<std::int64_t>({options.components, logged.rows - 1, logged.cols}));
        Pca fitted = pca(logged, {.components = components, .seed = options.seed, .threads = options.threads});
        return std::make_unique<KnnClassifier>(std::move(genes), std::move(classes), std::move(fitted.loadings), std::move(fitted.mean), std::move(fitted.scores),
                                               std::vector<double>(labels.begin(), labels.end()), options.neighbours, options.threads);
    }
    static std::unique_ptr<ExpressionClassifier> load(const TensorReader& tensors, std::vector<std::string> genes, std::vector<std::string> classes) {
        DenseMatrix loadings = tensors.matrix("loadings", std::ssize(genes), std::nullopt), reference = tensors.matrix("reference", std::nullopt, loadings.cols);
        std::vector<double> mean = tensors.vector("mean", std::ssize(genes));
        const std::vector<std::int32_t> codes = tensors.codes("labels", reference.rows, std::ssize(classes));
        std::vector<double> labels(codes.begin(), codes.end());
        const double neighbours = tensors.vector("neighbours", 1)[0];
        if (!(neighbours >= 1 && neighbours <= 10000)) TensorReader::misfit("neighbours", fmt::format("{}", neighbours));
        return std::make_unique<KnnClassifier>(std::move(genes), std::move(classes), std::move(loadings), std::move(mean), std::move(reference), std::move(labels),
                                               static_cast<int>(neighbours), 1);
    }

    std::string_view kind() const override { return "knn"; }
    DenseMatrix logits(const CsrMatrix& logged) const override {
        Pca fitted;
        fitted.loadings = loadings_;
        fitted.mean = mean_;
        const int k = static_cast<int>(std::min<std::int64_t>(neighbours_, reference_.rows));
        const KnnGraph near = lexicell::knn(project(fitted, logged, threads_), reference_, {.k = k, .threads = threads_});
        DenseMatrix out(logged.rows, std::ssize(classes()));
        std::ranges::fill(out.values, 0.5f);
        for (std::int64_t i = 0; i < out.rows; ++i)
            for (int n = 0; n < k; ++n) ++out(i, static_cast<std::int64_t>(labels_[near.indices[i * k + n]]));
        for (float& votes : out.values) votes = std::log(votes);
        return out;
    }
    SafetensorsFile tensors() const override {
        SafetensorsFile file;
        const std::vector<double> neighbours = {static_cast<double>(neighbours_)};
        file.tensors = {{"loadings", to_host(loadings_)}, {"mean", to_host(mean_)}, {"reference", to_host(reference_)}, {"labels", to_host(labels_)},
                        {"neighbours", to_host(neighbours)}};
        return file;
    }

private:
    DenseMatrix loadings_;          // G x K
    std::vector<double> mean_;      // G
    DenseMatrix reference_;         // N x K
    std::vector<double> labels_;    // N codes
    int neighbours_, threads_;
};

// Pearson correlation of a cell with the mean cell of each class, times 20: a difference of .05 is one unit of log odds
// until a temperature is fitted.
class CentroidClassifier : public ExpressionClassifier {
public:
    CentroidClassifier(std::vector<std::string> genes, std::vector<std::string> classes, DenseMatrix centroids)
        : ExpressionClassifier(std::move(genes), std::move(classes)), centroids_(std::move(centroids)) {}

    static std::unique_ptr<ExpressionClassifier> fit(const CsrMatrix& logged, std::span<const std::int32_t> labels, std::vector<std::string> genes,
                                                     std::vector<std::string> classes) {
        DenseMatrix sums(std::ssize(classes), logged.cols);
        std::vector<float> cells(classes.size());
        for (std::int64_t i = 0; i < logged.rows; ++i) {
            ++cells[labels[i]];
            const auto columns = logged.row_indices(i);
            const auto values = logged.row_values(i);
            for (std::size_t e = 0; e < columns.size(); ++e) sums(labels[i], columns[e]) += values[e];
        }
        for (std::int64_t c = 0; c < sums.rows; ++c)
            for (float& value : sums.row(c)) value /= std::max(1.0f, cells[c]);
        return std::make_unique<CentroidClassifier>(std::move(genes), std::move(classes), std::move(sums));
    }

    std::string_view kind() const override { return "centroid"; }
    DenseMatrix logits(const CsrMatrix& logged) const override {
        const auto g = static_cast<double>(logged.cols);
        std::vector<double> mean(centroids_.rows), length(centroids_.rows);
        for (std::int64_t c = 0; c < centroids_.rows; ++c) {
            for (const float value : centroids_.row(c)) mean[c] += value / g;
            for (const float value : centroids_.row(c)) length[c] += (value - mean[c]) * (value - mean[c]);
        }
        DenseMatrix out(logged.rows, centroids_.rows);
        for (std::int64_t i = 0; i < logged.rows; ++i) {
            const auto columns = logged.row_indices(i);
            const auto values = logged.row_values(i);
            double sum = 0, squares = 0;
            for (const float value : values) sum += value, squares += static_cast<double>(value) * value;
            const double own = squares - sum * sum / g;
            for (std::int64_t c = 0; c < centroids_.rows; ++c) {
                double product = -sum * mean[c];
                for (std::size_t e = 0; e < columns.size(); ++e) product += static_cast<double>(values[e]) * centroids_(c, columns[e]);
                out(i, c) = own > 0 && length[c] > 0 ? static_cast<float>(20 * product / std::sqrt(own * length[c])) : 0.0f;
            }
        }
        return out;
    }
    SafetensorsFile tensors() const override {
        SafetensorsFile file;
        file.tensors["centroids"] = to_host(centroids_);
        return file;
    }

private:
    DenseMatrix centroids_;  // C x G
};

// SingleR's correlations, times 20 as above. Its fine-tuned label is not always the highest of them; that label's score
// is then raised above the others by what it leads with in the last round of fine-tuning.
class SingleRClassifier : public ExpressionClassifier {
public:
    SingleRClassifier(std::vector<std::string> genes, std::vector<std::string> classes, SingleRReference reference,
                      int threads)
        : ExpressionClassifier(std::move(genes), std::move(classes)), reference_(std::move(reference)),
          threads_(threads) {}

    static std::unique_ptr<ExpressionClassifier> fit(const CsrMatrix& logged, std::span<const std::int32_t> labels,
                                                     std::vector<std::string> genes, std::vector<std::string> classes,
                                                     const ClassifierOptions& options) {
        const auto count = static_cast<std::int32_t>(classes.size());
        SingleRReference reference =
            single_r_reference(logged, labels, count, {.seed = options.seed, .threads = options.threads});
        return std::make_unique<SingleRClassifier>(std::move(genes), std::move(classes), std::move(reference),
                                                   options.threads);
    }
    static std::unique_ptr<ExpressionClassifier> load(const TensorReader& tensors, std::vector<std::string> genes,
                                                      std::vector<std::string> classes) {
        const std::int64_t count = std::ssize(classes);
        SingleRReference reference{.classes = static_cast<std::int32_t>(count),
                                   .genes = tensors.codes("marker_genes", std::nullopt, std::ssize(genes))};
        const std::int64_t kept = std::ssize(reference.genes);
        if (kept == 0 || std::ranges::adjacent_find(reference.genes, std::greater_equal()) != reference.genes.end())
            TensorReader::misfit("marker_genes", "genes out of order, or none");
        reference.profiles = tensors.matrix("profiles", std::nullopt, kept);
        if (!std::ranges::all_of(reference.profiles.values, [](float value) { return std::isfinite(value); }))
            TensorReader::misfit("profiles", "a value that is not finite");
        reference.labels = tensors.codes("labels", reference.profiles.rows, count);
        if (reference.labels.empty()) TensorReader::misfit("labels", "none");
        const std::vector<std::int32_t> gene = tensors.codes("markers.gene", std::nullopt, kept);
        const std::vector<std::int32_t> label = tensors.codes("markers.label", std::ssize(gene), count);
        const std::vector<std::int32_t> other = tensors.codes("markers.other", std::ssize(gene), count);
        std::vector<bool> present(classes.size()), used(reference.genes.size());
        for (const std::int32_t code : reference.labels) present[code] = true;
        for (std::size_t m = 0; m < gene.size(); ++m) {
            if (!present[label[m]] || !present[other[m]])
                TensorReader::misfit("markers.label", "a class without profiles");
            used[gene[m]] = true;
            reference.markers.push_back({label[m], other[m], gene[m]});
        }
        if (!std::ranges::all_of(used, std::identity())) TensorReader::misfit("markers.gene", "a gene of no pair");
        return std::make_unique<SingleRClassifier>(std::move(genes), std::move(classes), std::move(reference), 1);
    }

    std::string_view kind() const override { return "singler"; }
    DenseMatrix logits(const CsrMatrix& logged) const override {
        SingleR found = single_r(reference_, logged, {.threads = threads_});
        for (std::int64_t i = 0; i < logged.rows; ++i) {
            const auto row = found.scores.row(i);
            const float highest = std::ranges::max(row);
            float& chosen = row[found.label[i]];
            const auto lead = static_cast<float>(std::isnan(found.delta[i]) ? 0 : found.delta[i]);
            if (chosen < highest) chosen = highest + std::max(lead, 1e-6f);
            for (float& score : row) score *= 20;
        }
        return std::move(found.scores);
    }
    SafetensorsFile tensors() const override {
        const auto column = [&](std::int32_t SingleRMarker::* part) {
            std::vector<double> values;
            for (const SingleRMarker& marker : reference_.markers) values.push_back(marker.*part);
            return to_host(values);
        };
        const std::vector<double> genes(reference_.genes.begin(), reference_.genes.end());
        const std::vector<double> labels(reference_.labels.begin(), reference_.labels.end());
        SafetensorsFile file;
        file.tensors = {{"marker_genes", to_host(genes)},
                        {"profiles", to_host(reference_.profiles)},
                        {"labels", to_host(labels)},
                        {"markers.label", column(&SingleRMarker::label)},
                        {"markers.other", column(&SingleRMarker::other)},
                        {"markers.gene", column(&SingleRMarker::gene)}};
        return file;
    }

private:
    SingleRReference reference_;
    int threads_;
};

class MajorityClassifier : public ExpressionClassifier {
public:
    MajorityClassifier(std::vector<std::string> genes, std::vector<std::string> classes, std::vector<double> cells)
        : ExpressionClassifier(std::move(genes), std::move(classes)), cells_(std::move(cells)) {}

    static std::unique_ptr<ExpressionClassifier> fit(std::span<const std::int32_t> labels, std::vector<std::string> genes, std::vector<std::string> classes) {
        std::vector<double> cells(classes.size());
        for (const std::int32_t label : labels) ++cells[label];
        return std::make_unique<MajorityClassifier>(std::move(genes), std::move(classes), std::move(cells));
    }

    std::string_view kind() const override { return "majority"; }
    DenseMatrix logits(const CsrMatrix& logged) const override {
        DenseMatrix out(logged.rows, std::ssize(cells_));
        for (std::int64_t i = 0; i < out.rows; ++i)
            for (std::int64_t c = 0; c < out.cols; ++c) out(i, c) = static_cast<float>(std::log(std::max(cells_[c], 0.5)));
        return out;
    }
    SafetensorsFile tensors() const override {
        SafetensorsFile file;
        file.tensors["cells"] = to_host(cells_);
        return file;
    }

private:
    std::vector<double> cells_;  // C
};

[[noreturn]] void unknown(ErrorKind kind, std::string_view found) {
    throw Error(kind, {.type = "unknown-classifier", .message = "this kind of classifier is not known", .found = std::string(found),
                       .expected = fmt::format("one of {}", fmt::join(classifier_kinds(), ", "))});
}

}  // namespace

std::vector<std::string> classifier_kinds() {
    return {"logistic", "celltypist", "knn", "centroid", "singler", "majority"};
}

CsrMatrix logged_expression(const CellSource& cells, const std::vector<std::string>& genes, const std::optional<double>& target_sum, Sink& sink) {
    const ScaledLog genes_to_read = plain_log(genes, {}, target_sum);
    const FeatureReader reader(genes_to_read, cells, sink);
    std::vector<std::int64_t> all(cells.cells());
    std::iota(all.begin(), all.end(), 0);
    std::vector<double> totals;
    CsrMatrix out = reader.counts(all, totals);
    to_log(out, totals, target_sum);
    return out;
}

DenseMatrix ExpressionClassifier::class_logits(const CellSource& counts, Sink& sink) const { return logits(logged_expression(counts, genes_, kTargetSum, sink)); }

std::unique_ptr<ExpressionClassifier> fit_classifier(std::string_view kind, const CsrMatrix& all, std::span<const std::int32_t> all_labels, std::vector<std::string> genes,
                                                     std::vector<std::string> classes, const ClassifierOptions& options, Sink& sink) {
    LEXICELL_ASSERT(all.cols == std::ssize(genes) && all.rows == std::ssize(all_labels), "one name a column, one label a cell");
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < all.rows; ++i)
        if (all_labels[i] >= 0) {
            rows.push_back(i);
            labels.push_back(all_labels[i]);
        }
    if (labels.empty() || std::ranges::all_of(labels, [&](std::int32_t label) { return label == labels.front(); }))
        throw Error(ErrorKind::precondition, {.type = "one-class", .message = "a classifier needs cells of at least two classes",
                                              .found = labels.empty() ? "no labelled cell" : "cells of one class"});
    const CsrMatrix logged = take_rows(all, rows);
    if (kind == "logistic" || kind == "celltypist") {
        const LogisticOptions fit{.form = LogisticClassifier::form_of(kind), .inverse_strength = options.inverse_strength, .standardise = kind == "celltypist",
                                  .threads = options.threads};
        LogisticResult found = logistic_regression(logged, labels, static_cast<std::int32_t>(classes.size()), fit, sink);
        if (!found.converged) sink.warn({"not-converged", 1, fmt::format("logistic regression has not settled after {} iterations", found.iterations)});
        return std::make_unique<LogisticClassifier>(std::string(kind), std::move(genes), std::move(classes), std::move(found.model), options.threads);
    }
    if (kind == "knn") return KnnClassifier::fit(logged, labels, std::move(genes), std::move(classes), options);
    if (kind == "centroid") return CentroidClassifier::fit(logged, labels, std::move(genes), std::move(classes));
    if (kind == "singler")
        return SingleRClassifier::fit(logged, labels, std::move(genes), std::move(classes), options);
    if (kind == "majority") return MajorityClassifier::fit(labels, std::move(genes), std::move(classes));
    unknown(ErrorKind::usage, kind);
}

std::unique_ptr<ExpressionClassifier> load_classifier(std::string_view kind, const SafetensorsFile& file, std::vector<std::string> genes, std::vector<std::string> classes) {
    const TensorReader tensors(file);
    if (kind == "logistic" || kind == "celltypist") return LogisticClassifier::load(std::string(kind), tensors, std::move(genes), std::move(classes));
    if (kind == "knn") return KnnClassifier::load(tensors, std::move(genes), std::move(classes));
    if (kind == "centroid") {
        DenseMatrix centroids = tensors.matrix("centroids", std::ssize(classes), std::ssize(genes));
        return std::make_unique<CentroidClassifier>(std::move(genes), std::move(classes), std::move(centroids));
    }
    if (kind == "singler") return SingleRClassifier::load(tensors, std::move(genes), std::move(classes));
    if (kind == "majority") {
        std::vector<double> cells = tensors.vector("cells", std::ssize(classes));
        return std::make_unique<MajorityClassifier>(std::move(genes), std::move(classes), std::move(cells));
    }
    unknown(ErrorKind::model, kind);
}

}  // namespace lexicell
