#include "lexicell/models/baseline/mutual_neighbours.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "tests/models/planted_batches.h"

namespace lexicell {
namespace {

using testing_support::mixing;
using testing_support::planted_batches;
using testing_support::PlantedBatches;

TEST(MutualNeighbours, MixesPlantedBatchesAndKeepsLabels) {
    const PlantedBatches cells = planted_batches(1500, 3, 1, 2);
    const auto before = mixing(cells.points, cells);
    const auto after = mixing(mutual_neighbours(cells.points, cells.batch), cells);
    EXPECT_LT(before.batches, 0.05);
    EXPECT_GT(after.batches, 0.4);
    EXPECT_GT(after.labels, 0.98);
}

TEST(MutualNeighbours, OneBatchIsReturnedAsItIs) {
    PlantedBatches cells = planted_batches(200, 1);
    std::ranges::fill(cells.batch, 2);
    EXPECT_EQ(mutual_neighbours(cells.points, cells.batch).values, cells.points.values);
    EXPECT_EQ(mutual_neighbours(DenseMatrix(0, 3), {}).rows, 0);
}

TEST(MutualNeighbours, HasTheSameBitsForAnyThreads) {
    const PlantedBatches cells = planted_batches(900, 3);
    EXPECT_EQ(mutual_neighbours(cells.points, cells.batch, {.threads = 1}).values,
              mutual_neighbours(cells.points, cells.batch, {.threads = 2}).values);
}

TEST(MutualNeighbours, PermutedCellsGivePermutedRows) {
    const PlantedBatches cells = planted_batches(500, 3);
    RandomStream random(random_key(8, 1));
    const std::vector<std::int64_t> order = random_permutation(500, random);
    std::vector<std::int32_t> batch;
    for (const std::int64_t i : order) batch.push_back(cells.batch[i]);
    EXPECT_EQ(mutual_neighbours(take_rows(cells.points, order), batch).values,
              take_rows(mutual_neighbours(cells.points, cells.batch), order).values);
}

TEST(MutualNeighbours, BatchesSmallerThanANeighbourhoodAreCorrected) {
    PlantedBatches cells = planted_batches(300, 2);
    cells.batch[17] = 4;  // a batch of one cell; code 3 has none
    for (const float value : mutual_neighbours(cells.points, cells.batch).values) ASSERT_TRUE(std::isfinite(value));
}

TEST(MutualNeighbours, RefusesWhatItCannotCorrect) {
    PlantedBatches cells = planted_batches(60, 2);
    cells.batch[3] = -1;
    EXPECT_THROW(mutual_neighbours(cells.points, cells.batch), Error);
    cells.batch[3] = 0;
    cells.points(5, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(mutual_neighbours(cells.points, cells.batch), Error);
}

}  // namespace
}  // namespace lexicell
