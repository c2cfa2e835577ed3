// T27: planted duplicate cells and donors across a split, 100 sets.
#include "lexicell/prep/leakage.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

struct Planted {
    DenseMatrix x;
    std::vector<std::int64_t> train, test, twins;  // twins: test cells that were copied from the training side
    std::vector<std::int32_t> donors, shared;
};

Planted plant(std::uint64_t seed) {
    RandomStream random(random_key(seed, 1));
    const std::int64_t cells = 40 + static_cast<std::int64_t>(random.below(60)), genes = 30;
    Planted out{.x = DenseMatrix(cells, genes), .donors = std::vector<std::int32_t>(static_cast<std::size_t>(cells))};
    for (float& value : out.x.values) value = static_cast<float>(random.below(6));
    for (std::int64_t i = 0; i < cells; ++i) {
        const bool tested = i % 3 == 0;
        (tested ? out.test : out.train).push_back(i);
        out.donors[i] = static_cast<std::int32_t>(random.below(4)) + (tested ? 10 : 0);
    }
    for (const std::int64_t cell : out.test)
        if (random.below(5) == 0) {
            std::ranges::copy(std::as_const(out.x).row(out.train[random.below(out.train.size())]), out.x.row(cell).begin());
            out.twins.push_back(cell);
        }
    if (seed % 2 == 0) {
        out.donors[out.test.front()] = out.donors[out.train.front()];
        out.shared = {out.donors[out.train.front()]};
    }
    return out;
}

TEST(Leakage, FindsExactlyWhatWasPlanted) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const Planted planted = plant(seed);
        const Leakage found = find_leakage(planted.x, planted.train, planted.test, planted.donors);
        EXPECT_EQ(found.test_cells, planted.twins) << "set " << seed;
        EXPECT_EQ(found.groups, planted.shared) << "set " << seed;
        for (std::size_t k = 0; k < found.test_cells.size(); ++k)
            EXPECT_TRUE(std::ranges::equal(planted.x.row(found.test_cells[k]), planted.x.row(found.train_cells[k])));
        EXPECT_EQ(found.clean(), planted.twins.empty() && planted.shared.empty());
    }
}

TEST(Leakage, SparseAndDenseFindTheSame) {
    const Planted planted = plant(3);
    EXPECT_EQ(find_leakage(to_csr(planted.x), planted.train, planted.test).test_cells, find_leakage(planted.x, planted.train, planted.test).test_cells);
}

TEST(Leakage, EmptyCellsAreEqualToNothing) {
    const DenseMatrix x(4, 3);
    const std::vector<std::int64_t> train{0, 1}, test{2, 3};
    EXPECT_TRUE(find_leakage(x, train, test).clean());
}

}  // namespace
}  // namespace lexicell
