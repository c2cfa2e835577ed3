#include "lexicell/prep/score_genes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lexicell/base/error.h"
#include "lexicell/prep/moments.h"
#include "lexicell/prep/normalize.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;

TEST(ScoreGenes, TheGroupThatExpressesTheSetScoresHighest) {
    const CsrMatrix logged = log_normalize(example_counts(300, 700));
    std::vector<std::int64_t> set;
    for (std::int64_t g = 1; g < 200; g += 7) set.push_back(g);  // four times higher in the cells r % 3 == 1
    const GeneScore result = score_genes(logged, set);
    double inside = 0, outside = 0;
    for (std::size_t r = 0; r < 300; ++r) (r % 3 == 1 ? inside : outside) += result.score[r] / (r % 3 == 1 ? 100 : 200);
    EXPECT_GT(inside, outside + 0.3);
    for (std::size_t r = 0; r < 300; ++r) EXPECT_DOUBLE_EQ(result.score[r], result.set_mean[r] - result.control_mean[r]);
}

TEST(ScoreGenes, ControlsAreOfLikeExpressionAndNotInTheSet) {
    const CsrMatrix logged = log_normalize(example_counts(200, 600));
    const std::vector<double> mean = gene_moments(logged).mean;
    std::vector<double> sorted = mean;
    std::ranges::sort(sorted);
    const auto chosen = std::ranges::find(mean, sorted[500]) - mean.begin();
    const std::vector<std::int64_t> set = {chosen};
    const auto controls = control_genes(logged, set, {.controls_per_bin = 10});
    ASSERT_FALSE(controls.empty());
    EXPECT_LE(controls.size(), 10u);
    EXPECT_EQ(std::ranges::count(controls, chosen), 0);
    for (const std::int64_t g : controls) EXPECT_TRUE(mean[g] >= sorted[475] && mean[g] <= sorted[525]);
    EXPECT_EQ(control_genes(logged, set, {.controls_per_bin = 10}), controls) << "the same seed draws the same genes";
    EXPECT_NE(control_genes(logged, set, {.controls_per_bin = 10, .seed = 1}), controls);
}

TEST(ScoreGenes, RefusesWhatHasNoMeaning) {
    const CsrMatrix logged = log_normalize(example_counts(20, 3));
    EXPECT_THROW(score_genes(logged, {}), Error);
    const std::vector<std::int64_t> all = {0, 1, 2};
    EXPECT_THROW(score_genes(logged, all), Error);
}

}  // namespace
}  // namespace lexicell
