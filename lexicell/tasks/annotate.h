#pragma once
// Labels for a query from a labelled reference, with probabilities that mean what they say (users.md 1.4, metrics.md 5).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/risk_coverage.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/tasks/leave_type_out.h"
#include "lexicell/tasks/load_cells.h"

namespace lexicell {

struct AnnotateOptions {
    std::string label;                 // obs column of the reference
    std::vector<std::string> unlabelled;  // values of that column that are no labels; such cells take no part
    std::optional<std::string> group;  // obs column of the reference (donor, batch) whose groups are held out whole
    std::string method = "logistic";   // a kind of expression_classifier.h
    double target_risk = 0.05;         // share of wrong labels among those given; smaller leaves more cells unassigned
    bool compare = true;               // the other kinds on the same held-out cells
    bool leave_types_out = false;      // would types that the reference lacks be noticed? One more fit a type
    ClassifierOptions classifier;
};

// A classifier with what makes its probabilities mean something.
struct CalibratedClassifier {
    std::unique_ptr<ExpressionClassifier> classifier;
    double temperature = 1;
    double threshold = 0;  // cells whose largest probability is below are "Unassigned"
};

// One kind of classifier on the reference's held-out cells.
struct HeldOutScores {
    std::string method;
    Score macro_f1, accuracy, ece, ece_calibrated, aurc;
};

struct TrainedAnnotator {
    CalibratedClassifier model;               // fitted to the whole reference
    std::vector<HeldOutScores> compared;      // the method first
    ClassificationScores held_out;            // of the method, fitted without these cells
    CalibrationError calibration;             // after the temperature
    RiskCoverage curve;
    std::vector<LeftOutType> left_out;        // by type, where it was asked for
    std::int64_t held_out_cells = 0;
    std::string held_out_by;                  // "donor" or "cells at random"
};

// Error(precondition): no such column, fewer than two classes, or fewer than 50 labelled cells. genes: which of the
// reference's genes to read; empty = all.
TrainedAnnotator train_annotator(const LoadedCells& reference, const std::vector<std::string>& genes, const AnnotateOptions& options, Sink& sink);

// Genes of the reference that the query has too, in the reference's order. Error(precondition) "few-shared-genes" below 50
// or a tenth of the smaller list: the names are of different kinds or species.
std::vector<std::string> shared_genes(const LoadedCells& reference, const LoadedCells& query, Sink& sink);

struct Annotation {
    DenseMatrix probability;             // N x C, at the model's temperature
    std::vector<std::int32_t> label;     // N codes; -1 = unassigned
    std::vector<double> confidence;      // N, the largest probability
    std::vector<double> novelty;         // N, in [0, 1): how unsure of the cell's kind all classes are, see novelty.h
};

Annotation annotate(const CalibratedClassifier& model, const LoadedCells& query, Sink& sink);
// logged: N x G log-normalised values in the order of the classifier's genes.
Annotation annotate(const CalibratedClassifier& model, const CsrMatrix& logged);

}  // namespace lexicell
