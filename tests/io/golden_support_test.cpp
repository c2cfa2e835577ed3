// The comparison that every parity test trusts is itself tested: on made-up cases, and on each reference case against itself.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

using testing_support::Comparison;
using testing_support::glob_matches;
using testing_support::GoldenCase;

GoldenCase made_up(const std::string& compare, std::map<std::string, HostTensor> outputs) {
    GoldenCase golden{.model = "model", .name = "case"};
    golden.description["compare"] = nlohmann::ordered_json::parse(compare);
    golden.files["outputs"] = std::move(outputs);
    return golden;
}

// True when comparing `actual` with `expected` by `compare` passes.
bool passes(const std::string& compare, HostTensor expected, const HostTensor& actual) {
    const GoldenCase golden = made_up(compare, {{"t", std::move(expected)}});
    testing::TestPartResultArray failures;
    {
        testing::ScopedFakeTestPartResultReporter capture(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
        Comparison comparison(golden);
        comparison.check("t", actual);
        comparison.finish();
    }
    return failures.size() == 0;
}
HostTensor reals(std::vector<double> values) { return HostTensor::of(values, {static_cast<std::int64_t>(values.size())}); }
HostTensor integers(std::vector<std::int64_t> values) { return HostTensor::of(values, {static_cast<std::int64_t>(values.size())}); }

TEST(GlobMatches, StarsOnly) {
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("grad.*", "grad.a.b"));
    EXPECT_FALSE(glob_matches("grad.*", "gradient"));
    EXPECT_TRUE(glob_matches("*scib*", "x.scib"));
    EXPECT_TRUE(glob_matches("*_f64", "a_f64_f64"));
    EXPECT_FALSE(glob_matches("a.c", "abc"));
}

TEST(GoldenComparison, RelativeIsPerElementWithAFloorOfOne) {
    EXPECT_TRUE(passes(R"({"*":{"rel":0.01}})", reals({100, 0.001}), reals({101, 0.0109})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.01}})", reals({100, 0.001}), reals({101.1, 0.001})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.01}})", reals({100, 0.001}), reals({100, 0.0111})));
}

TEST(GoldenComparison, ScalesAndLogarithms) {
    EXPECT_TRUE(passes(R"({"*":{"rel":0.01,"scale":"tensor"}})", reals({100, 0}), reals({100, 0.99})));
    EXPECT_TRUE(passes(R"({"*":{"rel":0.01,"scale":"tensor"}})", reals({1e-9, 0}), reals({0, 0.009})));
    const std::vector<double> b = {100, 0.1, 50, 0.05}, near = {100.9, 0.1005, 50, 0.05}, far = {100, 0.11, 50, 0.05};
    EXPECT_TRUE(passes(R"({"*":{"rel":0.01,"scale":"component"}})", HostTensor::of(b, {2, 2}), HostTensor::of(near, {2, 2})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.01,"scale":"component"}})", HostTensor::of(b, {2, 2}), HostTensor::of(far, {2, 2})));
    EXPECT_TRUE(passes(R"({"*":{"rel":0.001,"on":"log10"}})", reals({1e-200, 0}), reals({1.5e-200, 0})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.001,"on":"log10"}})", reals({1e-200, 0}), reals({2e-200, 0})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.001,"on":"log10"}})", reals({0}), reals({1e-300})));
}

TEST(GoldenComparison, AbsoluteExactAndNaN) {
    EXPECT_TRUE(passes(R"({"*":{"abs":0.5}})", reals({1000}), reals({1000.5})));
    EXPECT_FALSE(passes(R"({"*":{"abs":0.5}})", reals({1000}), reals({1000.6})));
    EXPECT_TRUE(passes(R"({"*":"exact"})", reals({0.1}), reals({0.1})));
    EXPECT_FALSE(passes(R"({"*":"exact"})", reals({0.1}), reals({0.1000001})));
    EXPECT_TRUE(passes(R"({"*":{"rel":1e-5}})", reals({NAN, HUGE_VAL}), reals({NAN, HUGE_VAL})));
    EXPECT_FALSE(passes(R"({"*":{"rel":1e-5}})", reals({NAN, 1}), reals({1, 1})));
    EXPECT_FALSE(passes(R"({"*":{"rel":1e-5}})", reals({1}), reals({NAN})));
    EXPECT_FALSE(passes(R"({"*":{"rel":1e-5}})", reals({HUGE_VAL}), reals({-HUGE_VAL})));
    EXPECT_FALSE(passes(R"({"*":{"rel":1e-5,"scale":"tensor"}})", reals({HUGE_VAL}), reals({1})));
}

TEST(GoldenComparison, IntegersAreAlwaysExact) {
    EXPECT_TRUE(passes(R"({"*":{"rel":0.5}})", integers({7}), integers({7})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.5}})", integers({7}), integers({8})));
    EXPECT_FALSE(passes(R"({"*":{"rel":0.5}})", integers({7}), reals({7.1})));
    EXPECT_FALSE(passes(R"({"*":"exact"})", integers({(1ll << 53) + 1}), integers({1ll << 53})));
}

TEST(GoldenComparison, OverlapCountsMarkedElements) {
    EXPECT_TRUE(passes(R"({"*":{"overlap":0.5}})", integers({1, 1, 0, 0}), integers({1, 0, 1, 0})));
    EXPECT_FALSE(passes(R"({"*":{"overlap":0.6}})", integers({1, 1, 0, 0}), integers({1, 0, 1, 0})));
    EXPECT_FALSE(passes(R"({"*":{"overlap":0.6}})", integers({1, 0, 0, 0}), integers({1, 1, 1, 1})));
}

TEST(GoldenComparison, TheFirstMatchWins) {
    EXPECT_TRUE(passes(R"({"t":"skip","*":"exact"})", reals({1}), reals({2})));
    EXPECT_FALSE(passes(R"({"*":"exact","t":"skip"})", reals({1}), reals({2})));
}

TEST(GoldenComparison, WhatWasNotComparedFails) {
    const GoldenCase golden = made_up(R"({"skipped":"skip","words":"exact but for ties","*":"exact"})",
                                      {{"a", reals({1})}, {"skipped", reals({1})}, {"words", reals({1})}});
    Comparison comparison(golden);
    EXPECT_EQ(comparison.unchecked(), (std::vector<std::string>{"a", "words"}));
    comparison.check_value("a", 1);
    comparison.checked_by_test("words");
    EXPECT_TRUE(comparison.unchecked().empty());
    EXPECT_FALSE(passes(R"({"*":"exact"})", reals({1}), reals({1, 2})));
    EXPECT_FALSE(passes(R"({"*":"exact"})", HostTensor::of(std::vector<double>{1, 2}, {2, 1}), reals({1, 2})));
    EXPECT_NONFATAL_FAILURE(comparison.check_value("b", 1), "not an output");
    EXPECT_NONFATAL_FAILURE(Comparison(golden).finish(), "not compared");
}

// Each case compared with itself: the loader reads it, every rule is understood, every listed tensor is there.

TEST(GoldenSupport, EveryCaseEqualsItself) {
    LEXICELL_NEEDS(testing_support::golden_folder());
    int cases = 0;
    for (const auto& model : std::filesystem::directory_iterator(testing_support::golden_folder()))
        for (const auto& folder : testing_support::golden_case_folders(model.path().filename().string())) {
            if (folder.empty()) continue;
            const GoldenCase golden = testing_support::load_golden_case(folder);
            Comparison comparison(golden);
            if (golden.files.contains("outputs"))
                for (const auto& [name, tensor] : golden.files.at("outputs")) comparison.check(name, tensor);
            comparison.finish();
            ++cases;
        }
    EXPECT_GT(cases, 0);
}

}  // namespace
}  // namespace lexicell
