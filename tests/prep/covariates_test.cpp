#include "lexicell/prep/covariates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

Frame table(std::vector<std::string> batch, std::vector<double> age) {
    Frame frame{.index = std::vector<std::string>(batch.size())};
    frame.set("batch", {.values = categorize(batch)});
    frame.set("age", {.values = std::move(age)});
    return frame;
}

TEST(Covariates, OneHotAndZScores) {
    const CovariateEncoder encoder = fit_covariates(table({"2", "10", "2"}, {1, 2, 3}), {.categorical = {"batch"}, .continuous = {"age"}});
    EXPECT_EQ(encoder.column_names(), (std::vector<std::string>{"batch=10", "batch=2", "age"}));
    const DenseMatrix encoded = encode_covariates(encoder, table({"10", "2"}, {2, 3}));
    EXPECT_EQ(encoded.values, (std::vector<float>{1, 0, 0, 0, 1, static_cast<float>(1 / std::sqrt(2.0 / 3))}));
    EXPECT_EQ(CovariateEncoder{}.width(), 0);
}

TEST(Covariates, WhatCannotBeKnownIsZeroAndSaid) {
    const CovariateEncoder encoder = fit_covariates(table({"a", "b"}, {1, 3}), {.categorical = {"batch"}, .continuous = {"age"}});
    RecordingSink sink;
    Frame query = table({"a", "c"}, {std::nan(""), 3});
    std::get<Categorical>(query.columns[0].second.values).codes[0] = -1;
    EXPECT_EQ(encode_covariates(encoder, query, sink).values, (std::vector<float>{0, 0, 0, 0, 0, 1}));
    query.columns.clear();
    EXPECT_EQ(encode_covariates(encoder, query, sink).values, std::vector<float>(6, 0));
    std::vector<std::string> warned;
    for (const Warning& w : sink.warnings) warned.push_back(w.name);
    EXPECT_EQ(warned, (std::vector<std::string>{"unseen-category", "missing-category", "missing-covariate", "absent-covariate", "absent-covariate"}));
    EXPECT_THAT(sink.warnings[0].detail, testing::HasSubstr("c"));
}

TEST(Covariates, NumbersMayBeStoredAsText) {
    Frame frame{.index = {"x", "y"}};
    frame.set("dose", {.values = categorize(std::vector<std::string>{"0.5", "1.5"})});
    frame.set("flag", {.values = std::vector<bool>{false, true}});
    const CovariateEncoder encoder = fit_covariates(frame, {.continuous = {"dose", "flag"}});
    EXPECT_EQ(encode_covariates(encoder, frame).values, (std::vector<float>{-1, -1, 1, 1}));
}

TEST(Covariates, FitRefusesWhatIsNoCovariate) {
    const Frame frame = table({"a", "b"}, {std::numeric_limits<double>::infinity(), std::nan("")});
    const auto type_of = [&](const CovariateOptions& options) {
        try {
            fit_covariates(frame, options);
        } catch (const Error& error) {
            EXPECT_EQ(error.exit_code(), 4);
            return error.detail().type;
        }
        return std::string();
    };
    EXPECT_EQ(type_of({.categorical = {"sample"}}), "missing-column");
    EXPECT_EQ(type_of({.continuous = {"batch"}}), "not-numeric");
    EXPECT_EQ(type_of({.continuous = {"age"}}), "empty-covariate");
}

TEST(Covariates, TheOrderOfCellsDoesNotShow) {
    const Frame frame = table({"a", "b", "c", "a"}, {0.1, 0.2, 0.3, 0.7});
    const std::vector<std::int64_t> order = {3, 1, 0, 2};
    const CovariateOptions options{.categorical = {"batch"}, .continuous = {"age"}};
    EXPECT_EQ(to_json(fit_covariates(frame, options)), to_json(fit_covariates(take_rows(frame, order), options)));
}

TEST(Covariates, JsonGoesBothWays) {
    const CovariateEncoder encoder = fit_covariates(table({"ä", "b"}, {1, 1.0 / 3}), {.categorical = {"batch"}, .continuous = {"age"}});
    const CovariateEncoder back = covariates_from_json(to_json(encoder));
    EXPECT_EQ(to_json(back), to_json(encoder));
    EXPECT_EQ(back.continuous[0].mean, encoder.continuous[0].mean);
    for (const char* broken : {"", "[]", "{}", R"({"categorical":[],"continuous":[{"name":"a","mean":0,"sd":0}]})"})
        EXPECT_THROW(covariates_from_json(broken), Error) << broken;
}

}  // namespace
}  // namespace lexicell
