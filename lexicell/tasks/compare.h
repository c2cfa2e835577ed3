#pragma once
// Models beside their baselines on one data set, several seeds under one split file: what beats what, and by how much
// (metrics.md 11 and 13).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/metrics/mean_interval.h"
#include "lexicell/metrics/sample_tests.h"
#include "lexicell/metrics/scib.h"
#include "lexicell/models/baseline/expression_classifier.h"
#include "lexicell/prep/leakage.h"
#include "lexicell/tasks/place_cells.h"

namespace lexicell {

struct CompareOptions {
    std::string label;                    // obs column
    std::optional<std::string> batch;     // obs column
    std::optional<std::string> group;     // obs column (donor) whose groups are held out whole; absent: cells at random
    std::vector<std::string> methods;     // of placement_methods() and classifier_kinds(); empty = all that can run
    int seeds = 5;                        // repetitions: of the split, and of every random choice of a method
    ScibProfile profile = ScibProfile::scib_metrics_0_6;
    PlaceOptions place;
    ClassifierOptions classifier;
    std::uint64_t seed = 0;               // repetition r uses seed + r
    int threads = 1;
};

// One method in one repetition.
struct Job {
    int repetition = 0;
    std::map<std::string, Score> scores;  // by metric
    double seconds = 0;
    std::string failure;                  // why it ended without a result; "" = it did not
    DenseMatrix points;                   // N x K, of a method that places cells
    std::vector<std::int32_t> predicted;  // N, -1 = not a test cell; of a method that labels them
};

struct Contestant {
    std::string name;
    bool baseline = true;
    bool control = false;                 // knows the labels or nothing at all; not ranked
    std::vector<Job> jobs;                // one a repetition
    std::map<std::string, MeanInterval> means;  // by metric, over the repetitions that ended
    // The headline metric against the best baseline's, paired by repetition; not available for that baseline itself.
    TestResult against_best;
};

// A question that methods compete in.
struct Contest {
    std::string id, title, question;
    std::vector<std::string> metrics;     // in the order of the table
    std::string headline;                 // the metric that ranks
    std::vector<Contestant> contestants;  // best first by the headline; those without it last, controls after them
    std::optional<std::size_t> best_baseline;
    std::string verdict;                  // one sentence: which simple baseline is not beaten
};

struct CompareSplit {
    std::vector<std::vector<std::int64_t>> train, test;  // by repetition
    std::vector<Leakage> leakage;                        // by repetition
};

struct Comparison {
    std::vector<std::int32_t> labels;    // N, -1 = none
    std::vector<std::string> label_names;
    CompareSplit split;
    std::vector<DenseMatrix> unintegrated;  // by repetition, N x K principal components: what scores compare with
    std::vector<Contest> contests;       // "cells", "labels"
    int failures = 0;
    std::string verdict;                 // of all contests: the first line of the page
};

// A method that fails ends its job with the reason; the others go on. Error(precondition): missing columns, or fewer than
// two classes of 10 cells. Error(interrupted) when the sink asks to stop.
Comparison compare(const LoadedCells& cells, const std::vector<GeneTable>& tables, const CompareOptions& options, Sink& sink);

}  // namespace lexicell
