#include "lexicell/text/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lexicell {
namespace {

using testing::ElementsAre;

TEST(Tokens, AreLowerCaseWordsOfTwoCharactersOrMore) {
    EXPECT_THAT(tokens("The CD3-delta chain, a T-cell (CD3D) marker."), ElementsAre("the", "cd3-delta", "chain", "t-cell", "cd3d", "marker"));
    EXPECT_THAT(tokens("-a- b--cd e-"), ElementsAre("cd"));
    EXPECT_THAT(tokens("naïve 5'"), ElementsAre("na", "ve"));
    EXPECT_TRUE(tokens("").empty());
}

TEST(Tokens, NamesBringTheirRunsOfLetters) {
    EXPECT_THAT(tokens(name_text(std::vector<std::string>{"CD3D", "T3D"})), ElementsAre("cd3d", "cd", "t3d"));
    EXPECT_THAT(tokens(name_text(std::vector<std::string>{"GNLY"})), ElementsAre("gnly"));
}

TEST(Tokens, AVocabularyIsInByteOrder) {
    const Vocabulary words({"b", "a", "c"});
    EXPECT_THAT(words.words(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(words.find("c"), 2);
    EXPECT_EQ(words.find("d"), -1);
}

}  // namespace
}  // namespace lexicell
