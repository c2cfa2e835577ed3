#include "lexicell/train/nan_policy.h"

#include <gtest/gtest.h>

namespace lexicell {
namespace {

using Action = NanPolicy::Action;

TEST(NanPolicy, RareBadStepsAreOnlySkipped) {
    NanPolicy policy;
    for (std::uint64_t step = 0; step < 10'000; step += 50) EXPECT_EQ(policy.bad_step(step), Action::skip);
    EXPECT_EQ(policy.skipped, 200u);
}

TEST(NanPolicy, HalvesAfterThreeInAHundred) {
    NanPolicy policy;
    EXPECT_EQ(policy.bad_step(0), Action::skip);
    EXPECT_EQ(policy.bad_step(99), Action::skip);
    EXPECT_EQ(policy.bad_step(101), Action::skip);  // step 0 has left the window
    EXPECT_EQ(policy.bad_step(110), Action::halve);
    EXPECT_EQ(policy.halvings, 1u);
}

TEST(NanPolicy, RollsBackAfterTenAndGivesUpAfterThreeRollbacks) {
    NanPolicy policy;
    std::uint64_t step = 0;
    for (int rollback = 0; rollback < 3; ++rollback) {
        for (int i = 1; i < 10; ++i) EXPECT_EQ(policy.bad_step(step++), i % 3 ? Action::skip : Action::halve);
        EXPECT_EQ(policy.bad_step(step++), Action::roll_back);
    }
    for (int i = 1; i < 10; ++i) policy.bad_step(step++);
    EXPECT_EQ(policy.bad_step(step), Action::give_up);
}

}  // namespace
}  // namespace lexicell
