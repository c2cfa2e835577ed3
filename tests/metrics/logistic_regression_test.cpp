#include "lexicell/metrics/logistic_regression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/io/safetensors.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

using testing_support::ScratchFolder;

struct Cells {
    CsrMatrix x;
    std::vector<std::int32_t> labels;
    SafetensorsFile expected;
};

const Cells& cells() {
    static const Cells loaded = [] {
        const ScratchFolder scratch;
        const std::string file = (scratch / "oracle.safetensors").string();
        EXPECT_TRUE(testing_support::run_python_script("tests/metrics/logistic_oracle.py", {file}));
        Cells out;
        out.expected = read_safetensors(file, {.as_data = true});
        out.x.indptr = out.expected.tensors.at("indptr").to_int64();
        const std::vector<std::int64_t> indices = out.expected.tensors.at("indices").to_int64(), labels = out.expected.tensors.at("labels").to_int64();
        out.x.indices.assign(indices.begin(), indices.end());
        out.x.values = out.expected.tensors.at("values").to_float();
        out.x.rows = static_cast<std::int64_t>(out.x.indptr.size()) - 1;
        out.x.cols = 40;
        out.labels.assign(labels.begin(), labels.end());
        return out;
    }();
    return loaded;
}

void expect_probabilities(const LogisticResult& fitted, const std::string& name, double tolerance) {
    const std::vector<double> expected = cells().expected.tensors.at(name).to_double();
    const DenseMatrix p = class_probabilities(fitted.model, cells().x);
    ASSERT_EQ(p.values.size(), expected.size());
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, std::abs(p.values[i] - expected[i]));
    EXPECT_LT(worst, tolerance) << name;
}

LogisticOptions exactly(double strength) { return {.inverse_strength = strength, .max_iterations = 5000, .tolerance = 1e-8}; }

TEST(LogisticRegression, AgreesWithScikitLearn) {
    for (const double strength : {0.1, 1.0}) {
        const std::string at = "." + std::string(strength == 1 ? "1.0" : "0.1");
        LogisticOptions options = exactly(strength);
        expect_probabilities(logistic_regression(cells().x, cells().labels, 4, options), "multinomial" + at, 1e-4);
        options.form = LogisticWeights::Form::one_versus_rest;
        expect_probabilities(logistic_regression(cells().x, cells().labels, 4, options), "one_versus_rest" + at, 1e-4);
        options.standardise = true;
        expect_probabilities(logistic_regression(cells().x, cells().labels, 4, options), "standardised" + at, 1e-4);
        std::vector<std::int32_t> halves;
        for (const std::int32_t label : cells().labels) halves.push_back(label > 1);
        for (const auto form : {LogisticWeights::Form::multinomial, LogisticWeights::Form::one_versus_rest}) {
            options = exactly(strength);
            options.form = form;
            expect_probabilities(logistic_regression(cells().x, halves, 2, options), "binary" + at, 1e-4);
        }
    }
}

TEST(LogisticRegression, TheL1FormIsAsSparseAsScikitLearns) {
    for (const double strength : {0.1, 1.0}) {
        const std::string at = "." + std::string(strength == 1 ? "1.0" : "0.1");
        LogisticOptions options = exactly(strength);
        options.penalty = LogisticOptions::Penalty::l1;
        options.tolerance = 1e-7;
        const LogisticResult fitted = logistic_regression(cells().x, cells().labels, 4, options);
        expect_probabilities(fitted, "l1" + at, 2e-3);
        const auto zeros = static_cast<double>(std::ranges::count(fitted.model.weights.values, 0.0f));
        EXPECT_NEAR(zeros, static_cast<double>(cells().expected.tensors.at("l1_zeros" + at).to_int64()[0]), 6);
    }
}

TEST(LogisticRegression, HasTheSameBitsForAnyThreads) {
    for (const auto form : {LogisticWeights::Form::multinomial, LogisticWeights::Form::one_versus_rest}) {
        const LogisticResult one = logistic_regression(cells().x, cells().labels, 4, {.form = form, .threads = 1});
        const LogisticResult two = logistic_regression(cells().x, cells().labels, 4, {.form = form, .threads = 2});
        EXPECT_EQ(one.model.weights.values, two.model.weights.values);
        EXPECT_EQ(one.model.intercept, two.model.intercept);
    }
}

TEST(LogisticRegression, APathEndsWhereASingleFitDoes) {
    const std::vector<double> strengths = {0.01, 0.1, 1};
    const std::vector<LogisticResult> path = logistic_path(cells().x, cells().labels, 4, strengths, exactly(1));
    ASSERT_EQ(path.size(), 3u);
    expect_probabilities(path[2], "multinomial.1.0", 1e-4);
    EXPECT_LT(path[2].iterations, logistic_regression(cells().x, cells().labels, 4, exactly(1)).iterations);
}

TEST(LogisticRegression, UnlabelledCellsTakeNoPart) {
    std::vector<std::int32_t> some = cells().labels;
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> kept;
    for (std::size_t i = 0; i < some.size(); ++i)
        if (i % 3 == 0) some[i] = -1;
        else {
            rows.push_back(static_cast<std::int64_t>(i));
            kept.push_back(some[i]);
        }
    EXPECT_EQ(logistic_regression(cells().x, some, 4).model.weights.values, logistic_regression(take_rows(cells().x, rows), kept, 4).model.weights.values);
}

TEST(LogisticRegression, OneClassIsRefused) {
    EXPECT_THROW(logistic_regression(cells().x, std::vector<std::int32_t>(300, 2), 4), Error);
}

TEST(LogisticRegression, StopsOnRequest) {
    struct Stopping : Sink {
        bool stop_requested() override { return true; }
    } stopping;
    EXPECT_THROW(logistic_regression(cells().x, cells().labels, 4, {}, stopping), Error);
}

}  // namespace
}  // namespace lexicell
