#include "lexicell/train/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

std::vector<std::int64_t> together(const Split& split) {
    std::vector<std::int64_t> all = split.train;
    all.insert(all.end(), split.validation.begin(), split.validation.end());
    std::sort(all.begin(), all.end());
    return all;
}

TEST(RandomSplit, HoldsEveryCellOnceAndIsSeeded) {
    const Split a = random_split(1000), b = random_split(1000), c = random_split(1000, {.seed = 7});
    EXPECT_EQ(a.validation.size(), 100u);
    EXPECT_EQ(a.validation, b.validation);
    EXPECT_NE(a.validation, c.validation);
    EXPECT_TRUE(std::is_sorted(a.train.begin(), a.train.end()));
    const auto all = together(a);
    ASSERT_EQ(all.size(), 1000u);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(all[i], i);
}

TEST(RandomSplit, SmallSetsKeepBothSides) {
    EXPECT_EQ(random_split(1).train.size(), 1u);
    EXPECT_EQ(random_split(2).validation.size(), 1u);
    EXPECT_EQ(random_split(4).validation.size(), 1u);
    EXPECT_TRUE(random_split(50, {.validation_share = 0}).validation.empty());
}

Column donors(const std::vector<std::string>& names) { return {.values = names}; }

TEST(GroupSplit, NoGroupStraddles) {
    std::vector<std::string> names;
    for (int i = 0; i < 500; ++i) names.push_back("d" + std::to_string(i % 17));
    const Split split = group_split(donors(names));
    ASSERT_FALSE(split.validation.empty());
    std::set<std::string> held, trained;
    for (const auto i : split.validation) held.insert(names[i]);
    for (const auto i : split.train) trained.insert(names[i]);
    for (const auto& name : held) EXPECT_FALSE(trained.count(name));
    EXPECT_NEAR(static_cast<double>(split.validation.size()), 50, 20);
    EXPECT_EQ(together(split).size(), 500u);
}

TEST(GroupSplit, TwoGroupsGiveOneEachAndOneIsRefused) {
    const Split split = group_split(donors({"a", "a", "a", "b", "b"}));
    EXPECT_EQ(split.validation, (std::vector<std::int64_t>{3, 4}));
    try {
        group_split(donors({"a", "a"}));
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.detail().type, "too-few-groups");
        EXPECT_EQ(e.exit_code(), 4);
    }
}

TEST(ColumnSplit, ReadsTrainValAndTest) {
    const Split split = column_split(donors({"train", "test", "val", "train", "validation"}), "/obs/split");
    EXPECT_EQ(split.train, (std::vector<std::int64_t>{0, 3}));
    EXPECT_EQ(split.validation, (std::vector<std::int64_t>{2, 4}));
    EXPECT_THROW(column_split(donors({"train", "val", "maybe"}), "/obs/split"), Error);
    EXPECT_THROW(column_split(donors({"train", "test"}), "/obs/split"), Error);
}

}  // namespace
}  // namespace lexicell
