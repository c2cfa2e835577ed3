#include "lexicell/base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace lexicell {
namespace {

// Known answers published with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, KnownAnswers) {
    EXPECT_EQ(philox(0, 0, 0), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox(~0ull, ~0ull, ~0ull), (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(RandomStream, ResumesFromItsPosition) {
    RandomStream a(random_key(7, 1)), b(random_key(7, 1));
    for (int i = 0; i < 11; ++i) a.next32();
    b.seek(a.position());
    for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next64(), b.next64());
}

TEST(RandomStream, MomentsOfNormalAndUniform) {
    RandomStream random(random_key(1, 2));
    double sum = 0, square = 0, uniform = 0;
    constexpr int n = 200000;
    for (int i = 0; i < n; ++i) {
        const double x = random.normal();
        sum += x;
        square += x * x;
        uniform += random.uniform();
    }
    EXPECT_NEAR(sum / n, 0, 0.01);
    EXPECT_NEAR(square / n, 1, 0.02);
    EXPECT_NEAR(uniform / n, 0.5, 0.005);
}

TEST(RandomPermutation, HoldsEveryIndexOnce) {
    RandomStream random(3);
    const auto order = random_permutation(1000, random);
    EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), 1000u);
}

}  // namespace
}  // namespace lexicell
