#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/base/random.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/contingency.h"
#include "lexicell/metrics/mutual_information.h"

namespace lexicell {
namespace {

using Codes = std::vector<std::int32_t>;

Codes random_codes(std::int64_t size, std::uint64_t classes, RandomStream& random) {
    Codes codes;
    for (std::int64_t i = 0; i < size; ++i) codes.push_back(static_cast<std::int32_t>(random.below(classes)));
    return codes;
}

TEST(Contingency, CountsOverlapsAndSkipsMissing) {
    const Contingency table = contingency(Codes{5, 5, 2, -1, 2}, Codes{0, 7, 7, 7, -1});
    EXPECT_EQ(table.total, 3);
    EXPECT_EQ(table.rows, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(table.cols, (std::vector<std::int64_t>{1, 2}));
    ASSERT_EQ(table.cells.size(), 3u);
    EXPECT_EQ(table.cells[0].row, 0);
    EXPECT_EQ(table.cells[0].col, 1);
}

TEST(PartitionScores, EqualCountingAllPairs) {
    RandomStream random(1);
    for (int trial = 0; trial < 200; ++trial) {
        const auto size = static_cast<std::int64_t>(2 + random.below(30));
        const Codes a = random_codes(size, 1 + random.below(5), random), b = random_codes(size, 1 + random.below(5), random);
        PairCounts expected;
        for (std::int64_t i = 0; i < size; ++i)
            for (std::int64_t j = i + 1; j < size; ++j)
                ++(a[i] == a[j] ? (b[i] == b[j] ? expected.both : expected.only_first)
                                : (b[i] == b[j] ? expected.only_second : expected.neither));
        const PairCounts found = pair_counts(a, b);
        EXPECT_EQ(found.both, expected.both);
        EXPECT_EQ(found.only_first, expected.only_first);
        EXPECT_EQ(found.only_second, expected.only_second);
        EXPECT_EQ(found.neither, expected.neither);
    }
}

TEST(PartitionScores, AreSymmetricBoundedAndBlindToNames) {
    RandomStream random(2);
    for (int trial = 0; trial < 1000; ++trial) {
        const auto size = static_cast<std::int64_t>(1 + random.below(40));
        const Codes a = random_codes(size, 1 + random.below(6), random), b = random_codes(size, 1 + random.below(6), random);
        Codes renamed = a;
        for (std::int32_t& code : renamed) code = (code * 7 + 3) % 11;
        const double nmi = normalized_mutual_information(a, b), ari = adjusted_rand_index(a, b);
        EXPECT_NEAR(nmi, normalized_mutual_information(b, a), 1e-12);
        EXPECT_NEAR(nmi, normalized_mutual_information(renamed, b), 1e-12);
        EXPECT_NEAR(ari, adjusted_rand_index(b, renamed), 1e-12);
        EXPECT_GE(nmi, 0);
        EXPECT_LE(nmi, 1 + 1e-12);
        EXPECT_LE(ari, 1);
        EXPECT_GE(ari, -0.5 - 1e-12);
        EXPECT_NEAR(adjusted_rand_index(a, a), 1, 1e-12);
        EXPECT_NEAR(normalized_mutual_information(a, a), 1, 1e-12);
        EXPECT_NEAR(completeness(a, b), homogeneity(b, a), 1e-12);
    }
}

TEST(PartitionScores, AdjustedScoresOfRandomPartitionsAreNearZero) {
    RandomStream random(3);
    double ari = 0, ami = 0;
    for (int trial = 0; trial < 300; ++trial) {
        const Codes a = random_codes(60, 5, random), b = random_codes(60, 8, random);
        ari += adjusted_rand_index(a, b) / 300;
        ami += adjusted_mutual_information(a, b) / 300;
    }
    EXPECT_NEAR(ari, 0, 0.005);
    EXPECT_NEAR(ami, 0, 0.005);
}

TEST(PartitionScores, Degenerate) {
    EXPECT_EQ(adjusted_rand_index(Codes{}, Codes{}), 1);
    EXPECT_EQ(normalized_mutual_information(Codes{}, Codes{}), 1);
    EXPECT_EQ(normalized_mutual_information(Codes{0, 0}, Codes{3, 3}), 1);
    EXPECT_EQ(normalized_mutual_information(Codes{0, 1}, Codes{3, 3}), 0);
    EXPECT_EQ(adjusted_rand_index(Codes{0, 0, 0}, Codes{0, 1, 2}), 0);
    EXPECT_EQ(homogeneity(Codes{}, Codes{}), 1);
}

}  // namespace
}  // namespace lexicell
