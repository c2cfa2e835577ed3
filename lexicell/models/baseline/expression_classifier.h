#pragma once
// Classifiers of cells by log expression alone: the baselines that every annotation model is printed beside (metrics.md 11).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/data/cell_source.h"
#include "lexicell/io/safetensors.h"
#include "lexicell/models/capabilities.h"

namespace lexicell {

// What all of them share: the genes they read, and log1p of counts scaled to 1e4 over all genes of the source.
class ExpressionClassifier : public CellClassifier {
public:
    const std::vector<std::string>& classes() const override { return classes_; }
    const std::vector<std::string>& classifier_genes() const override { return genes_; }
    DenseMatrix class_logits(const CellSource& counts, Sink& sink) const override;
    // The same of values that are log-normalised already, N x G in the order of classifier_genes().
    virtual DenseMatrix logits(const CsrMatrix& logged) const = 0;

    // C x G, how much a unit of a gene's log expression adds to a class's logit; empty for a kind that is not linear.
    virtual DenseMatrix gene_weights() const { return {}; }

    virtual std::string_view kind() const = 0;        // its name in the registry and in the model folder
    virtual SafetensorsFile tensors() const = 0;

protected:
    ExpressionClassifier(std::vector<std::string> genes, std::vector<std::string> classes) : genes_(std::move(genes)), classes_(std::move(classes)) {}

private:
    std::vector<std::string> genes_, classes_;
};

struct ClassifierOptions {
    double inverse_strength = 1;      // of the logistic forms: scikit-learn's C
    int neighbours = 15;              // of knn
    int components = 30;              // principal components of knn
    std::uint64_t seed = 0;
    int threads = 1;
};

// The kinds: "logistic" (multinomial, l2), "celltypist" (one versus rest on z-scores capped at 10), "knn" (on principal
// components), "centroid" (correlation with the mean cell of a class), "singler" (rank correlation with profiles of a
// class, single_r.h; log odds only after a temperature is fitted), "majority" (the class frequencies, whatever the cell).
std::vector<std::string> classifier_kinds();

// logged: N x G log-normalised values of `genes`; labels: N codes into `classes`, below 0 = takes no part. Error(usage) for
// an unknown kind, Error(precondition) with fewer than two classes.
std::unique_ptr<ExpressionClassifier> fit_classifier(std::string_view kind, const CsrMatrix& logged, std::span<const std::int32_t> labels,
                                                     std::vector<std::string> genes, std::vector<std::string> classes, const ClassifierOptions& options = {},
                                                     Sink& sink = silence());

// Rebuilds one from its tensors. Error(model): unknown kind, or tensors that do not fit.
std::unique_ptr<ExpressionClassifier> load_classifier(std::string_view kind, const SafetensorsFile& tensors, std::vector<std::string> genes,
                                                      std::vector<std::string> classes);

constexpr double kTargetSum = 1e4;  // of the log-normalisation that classifiers read

// N x G log1p(target_sum * x / total) of the named genes, totals over all genes of the source; without target_sum the source
// holds log values already. Genes that it lacks are 0 and warned of ("genes-absent"). Error(precondition) when it has none.
CsrMatrix logged_expression(const CellSource& cells, const std::vector<std::string>& genes, const std::optional<double>& target_sum, Sink& sink);

}  // namespace lexicell
