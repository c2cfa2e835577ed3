#include "lexicell/tasks/over_representation.h"

#include <gtest/gtest.h>

#include <vector>

namespace lexicell {
namespace {

TEST(OverRepresentation, CountsWithinTheUniverse) {
    std::vector<std::string> genes;
    std::vector<std::int32_t> modules;
    for (int i = 0; i < 40; ++i) {
        genes.push_back("g" + std::to_string(i));
        modules.push_back(i < 10 ? 0 : i < 20 ? 1 : -1);
    }
    GeneSet in_first{.name = "first", .genes = {"g0", "g1", "g2", "g3", "g4", "g30", "unknown", "g0"}};
    GeneSet wide{.name = "wide"}, small{.name = "small", .genes = {"g38", "g39"}};
    for (int i = 0; i < 36; i += 2) wide.genes.push_back("g" + std::to_string(i));
    const std::vector<GeneSet> sets = {wide, in_first, small};
    const OverRepresentationResult result = over_representation(genes, modules, sets);
    // Universe: the even genes below 36 (18), g1 and g3, g38 and g39. Module 0 has 0, 2, 4, 6, 8, 1, 3; module 1 five.
    EXPECT_EQ(result.universe, 22);
    EXPECT_EQ(result.sets, 2);  // the small one is dropped, though its genes count in the universe
    ASSERT_EQ(result.pairs.size(), 3u);
    EXPECT_EQ(result.pairs[0].set, "first");
    EXPECT_EQ(result.pairs[0].module, 0);
    EXPECT_EQ(result.pairs[0].overlap, 5);
    EXPECT_EQ(result.pairs[0].module_size, 7);
    EXPECT_EQ(result.pairs[0].set_size, 6);
    EXPECT_NEAR(result.pairs[0].fold, 5.0 / (7.0 * 6.0 / 22.0), 1e-12);
    // P(X >= 5), X of 6 marked among 22, 7 drawn: (C(6,5) C(16,2) + C(6,6) C(16,1)) / C(22,7) = 736 / 170544.
    EXPECT_NEAR(result.pairs[0].p, 736.0 / 170544.0, 1e-10 * 736.0 / 170544.0);
    EXPECT_NEAR(result.pairs[0].q, 4 * result.pairs[0].p, 1e-12);  // four pairs were tested
    EXPECT_EQ(result.pairs[0].genes, (std::vector<std::string>{"g0", "g1", "g2", "g3", "g4"}));
    EXPECT_EQ(result.pairs[1].set, "wide");
    EXPECT_EQ(result.pairs[2].module, 1);
}

TEST(OverRepresentation, NothingInCommon) {
    const std::vector<std::string> genes = {"a", "b"};
    const std::vector<std::int32_t> modules = {0, 0};
    const OverRepresentationResult result = over_representation(genes, modules, std::vector<GeneSet>{{.name = "s", .genes = {"x", "y"}}});
    EXPECT_EQ(result.universe, 0);
    EXPECT_TRUE(result.pairs.empty());
}

}  // namespace
}  // namespace lexicell
