#include "lexicell/train/early_stopping.h"

#include <gtest/gtest.h>

#include <limits>

namespace lexicell {
namespace {

TEST(EarlyStopping, StopsAfterPatienceValidationsWithoutImprovement) {
    EarlyStopping stopping{.options = {.patience = 3}};
    EXPECT_TRUE(stopping.observe(10, 1, 1).improved);
    EXPECT_FALSE(stopping.observe(10, 1, 1).improved);  // equal is not smaller
    EXPECT_FALSE(stopping.observe(11, 1, 1).stop);
    EXPECT_TRUE(stopping.observe(9, 1, 1).improved);
    EXPECT_FALSE(stopping.observe(9.5, 1, 1).stop);
    EXPECT_FALSE(stopping.observe(9.5, 1, 1).stop);
    EXPECT_TRUE(stopping.observe(9.5, 1, 1).stop);
    EXPECT_EQ(stopping.best_loss, 9);
}

TEST(EarlyStopping, PublishedFormIgnoresEverythingBeforeTheFinalBeta) {
    EarlyStopping stopping{.options = {.patience = 1, .keep_best_before_final_beta = false}};
    for (int i = 0; i < 10; ++i) {
        const auto verdict = stopping.observe(i == 0 ? 1 : 5, 0.5, 1);
        EXPECT_FALSE(verdict.improved);
        EXPECT_FALSE(verdict.stop);
    }
    EXPECT_FALSE(stopping.best_loss.has_value());
    EXPECT_TRUE(stopping.observe(7, 1, 1).improved);
    EXPECT_TRUE(stopping.observe(8, 1, 1).stop);
}

TEST(EarlyStopping, AHigherBetaReplacesABetterLossAtALowerOne) {
    EarlyStopping stopping{.options = {.patience = 2}};
    EXPECT_TRUE(stopping.observe(5, 0, 1).improved);
    EXPECT_FALSE(stopping.observe(6, 0, 1).stop);
    EXPECT_FALSE(stopping.observe(6, 0, 1).stop);  // no patience is spent below the final beta
    EXPECT_TRUE(stopping.observe(9, 0.5, 1).improved);
    EXPECT_TRUE(stopping.observe(12, 1, 1).improved);
    EXPECT_EQ(stopping.best_loss, 12);
    EXPECT_FALSE(stopping.observe(13, 1, 1).stop);
    EXPECT_TRUE(stopping.observe(13, 1, 1).stop);
}

TEST(EarlyStopping, ALossThatIsNotFiniteIsNoImprovement) {
    EarlyStopping stopping{.options = {.patience = 2}};
    EXPECT_FALSE(stopping.observe(std::numeric_limits<double>::quiet_NaN(), 1, 1).improved);
    EXPECT_TRUE(stopping.observe(3, 1, 1).improved);
    EXPECT_FALSE(stopping.observe(-std::numeric_limits<double>::infinity(), 1, 1).improved);
    EXPECT_EQ(stopping.best_loss, 3);
}

}  // namespace
}  // namespace lexicell
