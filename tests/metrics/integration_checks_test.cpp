// Checks beside the scIB scores: scGraph, control embeddings, mixing inside labels.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lexicell/metrics/controls.h"
#include "lexicell/metrics/label_mixing.h"
#include "lexicell/metrics/scgraph.h"
#include "lexicell/metrics/scib.h"
#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

// Five labels on a line at 0, 1, 3, 6, 10, in two batches.
Cells labels_on_a_line(std::uint64_t seed) {
    constexpr float at[] = {0, 10, 30, 60, 100};
    RandomStream random(seed);
    Cells out{.points = random_points(600, 4, random), .labels = random_codes(600, 5, random), .batches = random_codes(600, 2, random)};
    for (std::int64_t i = 0; i < 600; ++i) out.points(i, 0) += at[out.labels[i]];
    return out;
}

TEST(ScGraph, IsOneForTheSameGeometryAndFallsForDriftingIslands) {
    const Cells cells = labels_on_a_line(1);
    const ScGraph kept = scgraph(cells.points, cells.points, cells.labels, cells.batches);
    EXPECT_GT(kept.rank_pca.value, 0.999);
    EXPECT_GT(kept.corr_pca.value, 0.999);
    EXPECT_GT(kept.corr_weighted.value, 0.999);
    EXPECT_EQ(kept.labels, 5);
    EXPECT_EQ(kept.batches, 2);
    DenseMatrix islands = cells.points;  // every label as far from every other
    constexpr float to[] = {60, 10, 100, 0, 30};
    constexpr float from[] = {0, 10, 30, 60, 100};
    for (std::int64_t i = 0; i < 600; ++i) islands(i, 0) += to[cells.labels[i]] - from[cells.labels[i]];
    EXPECT_LT(scgraph(islands, cells.points, cells.labels, cells.batches).corr_weighted.value, 0.5);
}

TEST(ScGraph, OutliersAndSmallGroupsDoNotCount) {
    Cells cells = labels_on_a_line(2);
    DenseMatrix outliers = cells.points;
    outliers(0, 1) = 1e6f;
    EXPECT_GT(scgraph(outliers, cells.points, cells.labels, cells.batches).corr_pca.value, 0.999);
    for (int i = 0; i < 9; ++i) cells.labels[i] = 5;
    EXPECT_EQ(scgraph(cells.points, cells.points, cells.labels, cells.batches).labels, 5);
    EXPECT_FALSE(scgraph(cells.points, cells.points, cells.labels, cells.batches, {.batch_cells = 1000}).rank_pca.available());
}

TEST(Controls, HaveTheirNamesAndKeepTheirRows) {
    const Cells cells = labels_on_a_line(3);
    const std::vector<ControlEmbedding> controls = control_embeddings(cells.points, cells.labels, cells.batches);
    ASSERT_EQ(controls.size(), 8u);
    const auto rows = [](const DenseMatrix& points) {
        std::multiset<std::vector<float>> out;
        for (std::int64_t i = 0; i < points.rows; ++i) out.emplace(points.row(i).begin(), points.row(i).end());
        return out;
    };
    for (const ControlEmbedding& control : controls) {
        EXPECT_EQ(control.points.rows, 600);
        if (!control.name.starts_with("shuffle")) continue;
        EXPECT_EQ(rows(control.points), rows(cells.points)) << control.name;
        EXPECT_NE(control.points.values, cells.points.values);
        for (const std::int32_t group : {0, 1}) {
            if (control.name == "shuffle_integration") continue;
            const Codes& groups = control.name.ends_with("batch") ? cells.batches : cells.labels;
            std::vector<std::int64_t> members;
            for (std::int64_t i = 0; i < 600; ++i)
                if (groups[i] == group) members.push_back(i);
            EXPECT_EQ(rows(take_rows(control.points, members)), rows(take_rows(cells.points, members))) << control.name;
        }
    }
    Codes sorted = permuted_labels(cells.labels), truth = cells.labels;
    EXPECT_NE(sorted, truth);
    std::sort(sorted.begin(), sorted.end());
    std::sort(truth.begin(), truth.end());
    EXPECT_EQ(sorted, truth);
}

TEST(Controls, BracketARealEmbedding) {
    const Cells cells = labels_on_a_line(4);
    const std::vector<ControlEmbedding> controls = control_embeddings(cells.points, cells.labels, cells.batches);
    const auto bio = [&](const DenseMatrix& points) { return scib_metrics(points, cells.labels, cells.batches, {.before = &cells.points}).totals.bio.value; };
    const double real = bio(cells.points);
    EXPECT_GE(bio(controls[1].points), real - 1e-9);
    EXPECT_LT(bio(controls[4].points), real - 0.3);
    EXPECT_LT(bio(controls[7].points), real - 0.3);
}

TEST(Cilisi, IsHighForMixedAndZeroForSplitBatches) {
    Cells cells = labels_on_a_line(5);
    const Cilisi mixed = cilisi(cells.points, cells.labels, cells.batches);
    EXPECT_GT(mixed.cells.value, 0.8);
    EXPECT_NEAR(mixed.cells.value, mixed.label_means.value, 0.1);
    for (std::int64_t i = 0; i < 600; ++i) cells.points(i, 3) += 1000.f * static_cast<float>(cells.batches[i]);
    EXPECT_LT(cilisi(cells.points, cells.labels, cells.batches, {.perplexity = 10}).cells.value, 0.01);
    EXPECT_FALSE(cilisi(cells.points, cells.labels, Codes(600, 0)).cells.available());
}

TEST(Ksim, CapsItsNeighboursAndSeesLabels) {
    const Cells cells = labels_on_a_line(6);
    const Ksim found = ksim(knn(cells.points, {.k = 30}), cells.labels);
    EXPECT_EQ(found.k, 24);  // floor of the root of 600
    EXPECT_GT(found.similarity.value, 0.99);
    EXPECT_GT(found.acceptance.value, 0.99);
    EXPECT_NEAR(ksim(knn(cells.points, {.k = 30}), permuted_labels(cells.labels)).similarity.value, 0.23, 0.03);
}

}  // namespace
}  // namespace lexicell
