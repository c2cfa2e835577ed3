#include "lexicell/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lexicell {
namespace {

double by_epoch(std::int64_t epoch, BetaByEpoch schedule = {}) { return beta_at(schedule, {.epoch = epoch}); }
double by_steps(std::uint64_t step, BetaBySteps schedule = {}) { return beta_at(schedule, {.step = step}); }

// The table of scilama.md 5.2.
TEST(Schedule, PublishedBetaAndLearningRate) {
    for (int epoch = 0; epoch <= 25; ++epoch) EXPECT_EQ(by_epoch(epoch), 0);
    EXPECT_NEAR(by_epoch(26), 0.05, 1e-12);
    EXPECT_NEAR(by_epoch(30), 0.25, 1e-12);
    EXPECT_NEAR(by_epoch(35), 0.50, 1e-12);
    EXPECT_NEAR(by_epoch(44), 0.95, 1e-12);
    for (int epoch = 45; epoch <= 500; ++epoch) EXPECT_EQ(by_epoch(epoch), 1);
    EXPECT_EQ(first_epoch_at_final_beta({}), 45);

    const auto rate = [](std::int64_t epoch) { return learning_rate_at({}, {.epoch = epoch}); };
    EXPECT_EQ(rate(0), 1e-3);
    EXPECT_NEAR(rate(25), 7.7782e-4, 1e-8);
    EXPECT_NEAR(rate(26), 7.7004e-4, 1e-8);
    EXPECT_NEAR(rate(45), 6.3619e-4, 1e-8);
    EXPECT_NEAR(rate(60), 5.4716e-4, 1e-8);
}

TEST(Schedule, BetaThatNeverMovesIsFinalAtOnce) {
    const BetaByEpoch constant{.start = 0.5, .flat_epochs = 0, .rate = 0};
    EXPECT_EQ(first_epoch_at_final_beta(constant), 0);
    EXPECT_EQ(final_beta(constant), 0.5);
    EXPECT_EQ(by_epoch(100, constant), 0.5);
}

TEST(Schedule, BetaBySteps) {
    EXPECT_EQ(by_steps(0), 0);
    EXPECT_EQ(by_steps(250), 0);
    EXPECT_NEAR(by_steps(375), 0.5, 1e-12);
    EXPECT_EQ(by_steps(500), 1);
    EXPECT_EQ(by_steps(100000), 1);
    EXPECT_EQ(by_steps(0, {.flat_steps = 0, .ramp_steps = 0}), 1);
    EXPECT_NEAR(by_steps(100, {.flat_steps = 0, .ramp_steps = 400}), 0.25, 1e-12);
}

TEST(Schedule, BetaNeverFalls) {
    for (int i = 1; i < 1000; ++i) {
        EXPECT_GE(by_steps(i), by_steps(i - 1));
        EXPECT_GE(by_epoch(i), by_epoch(i - 1));
    }
}

}  // namespace
}  // namespace lexicell
