#include "lexicell/metrics/matching.h"

#include <gtest/gtest.h>

#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

TEST(Foscttm, OfEqualReversedAndUnrelatedSides) {
    RandomStream random(1);
    const DenseMatrix points = random_points(100, 5, random);
    EXPECT_EQ(foscttm(points, points).value, 0);
    EXPECT_NEAR(foscttm(points, random_points(100, 5, random), 2).value, 0.5, 0.08);
    DenseMatrix line(3, 1), back(3, 1);
    line.values = {0, 1, 2};
    back.values = {2, 1, 0};
    EXPECT_NEAR(foscttm(line, back).value, (2.0 / 3 + 0 + 2.0 / 3) / 3, 1e-12);
    EXPECT_FALSE(foscttm(DenseMatrix(0, 2), DenseMatrix(0, 2)).available());
}

TEST(NeighbourAveragePrecision, OfOneList) {
    const KnnGraph graph{.points = 1, .k = 0};
    EXPECT_FALSE(neighbour_average_precision(graph, Codes{0}).available());
    // Cell 0 sees labels 1, 0, 0; cells 1 to 3 are not scored.
    const KnnGraph list{.points = 4, .k = 3, .indices = {1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2}, .distances = std::vector<float>(12)};
    const Codes labels = {0, 1, 0, 0};
    const double zero = (1.0 / 2 + 2.0 / 3) / 2, one = 0, two = (1.0 + 2.0 / 3) / 2, three = (1.0 + 2.0 / 3) / 2;
    EXPECT_NEAR(neighbour_average_precision(list, labels).value, (zero + one + two + three) / 4, 1e-12);
    EXPECT_EQ(glue_neighbours(100), 1);
    EXPECT_EQ(glue_neighbours(250), 2);  // half to even
    EXPECT_EQ(glue_neighbours(10), 1);
}

TEST(SeuratAlignment, IsOneForMixedAndZeroForSplitBatches) {
    RandomStream random(2);
    Cells cells = planted_cells(600, 4, 1, 2, 0, 0, random);
    EXPECT_GT(seurat_alignment(cells.points, cells.batches, {.share = 0.05}).value, 0.9);
    for (std::int64_t i = 0; i < 600; ++i) cells.points(i, 0) += 100.f * static_cast<float>(cells.batches[i]);
    EXPECT_NEAR(seurat_alignment(cells.points, cells.batches, {.threads = 2}).value, 0, 1e-12);
    EXPECT_FALSE(seurat_alignment(cells.points, Codes(600, 3)).available());
}

TEST(NeighbourConservation, IsOneForARotationAndSmallForNoise) {
    RandomStream random(3);
    const Cells cells = planted_cells(400, 2, 2, 2, 0, 0, random);
    DenseMatrix turned(400, 2);
    for (std::int64_t i = 0; i < 400; ++i) turned(i, 0) = -cells.points(i, 1), turned(i, 1) = cells.points(i, 0);
    EXPECT_EQ(neighbour_conservation(cells.points, turned, cells.batches).value, 1);
    EXPECT_LT(neighbour_conservation(cells.points, random_points(400, 2, random), cells.batches).value, 0.2);
    EXPECT_FALSE(neighbour_conservation(DenseMatrix(1, 2), DenseMatrix(1, 2), Codes{0}).available());
}

}  // namespace
}  // namespace lexicell
