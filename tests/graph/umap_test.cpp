#include "lexicell/graph/umap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

// Overlapping blobs on a circle, so that the graph is connected.
DenseMatrix blobs(std::int64_t rows, std::int64_t groups, double separation) {
    RandomStream random(21);
    DenseMatrix points(rows, 10);
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t d = 0; d < 10; ++d) points(i, d) = static_cast<float>(random.normal() + (i % groups == d ? separation : 0));
    return points;
}

double share_of_kept_neighbours(const KnnGraph& graph, const DenseMatrix& layout) {
    const KnnGraph after = knn(layout, {.k = graph.k});
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < graph.points; ++i)
        for (const std::int32_t j : graph.neighbours(i)) kept += std::ranges::count(after.neighbours(i), j);
    return static_cast<double>(kept) / static_cast<double>(graph.indices.size());
}

TEST(Umap, KeepsGroupsAndNeighbours) {
    const DenseMatrix points = blobs(600, 4, 6);
    const KnnGraph graph = knn(points, {.k = 15});
    DenseMatrix start = points;  // the first coordinates tell the groups apart
    for (const bool own_start : {false, true}) {
        UmapOptions options;
        if (own_start) options.initial = start;
        const DenseMatrix layout = umap(graph, options);
        ASSERT_EQ(layout.rows, 600);
        ASSERT_EQ(layout.cols, 2);
        for (const float value : layout.values) ASSERT_TRUE(std::isfinite(value));
        EXPECT_GT(share_of_kept_neighbours(graph, layout), 0.2);  // 15 of 600 at random: 0.025
        const KnnGraph nearest = knn(layout, {.k = 1});
        int same = 0;
        for (std::int64_t i = 0; i < 600; ++i) same += nearest.neighbours(i)[0] % 4 == i % 4;
        EXPECT_GT(same, 590);
    }
}

TEST(Umap, StepsEqualTheWholeAndRepeat) {
    const KnnGraph graph = knn(blobs(300, 3, 2), {.k = 10});
    const UmapOptions options{.epochs = 60, .seed = 4};
    Umap steps(graph, options);
    EXPECT_EQ(steps.epochs(), 60);
    for (int epoch = 7; epoch < 70; epoch += 7) steps.run_until(epoch);
    EXPECT_EQ(steps.epoch(), 60);
    EXPECT_EQ(steps.coordinates().values, umap(graph, options).values);
    UmapOptions other = options;
    other.seed = 5;
    EXPECT_NE(umap(graph, other).values, umap(graph, options).values);
}

TEST(Umap, ReportsProgressAndStops) {
    struct Stopping : Sink {
        int calls = 0;
        void progress(const Progress& p) override { calls += p.total == 100; }
        bool stop_requested() override { return calls >= 3; }
    } sink;
    const KnnGraph graph = knn(blobs(100, 2, 2), {.k = 5});
    EXPECT_THROW(umap(graph, {.epochs = 100}, sink), Error);
    EXPECT_EQ(sink.calls, 3);
}

TEST(Umap, SmallAndDisconnectedGraphs) {
    EXPECT_EQ(umap(knn(DenseMatrix(0, 2))).rows, 0);
    EXPECT_EQ(umap(knn(DenseMatrix(2, 2))).rows, 2);
    for (const std::int64_t rows : {3, 5, 30, 60})
        for (const float value : umap(knn(blobs(rows, 2, 100), {.k = 3}), {.epochs = 20}).values) EXPECT_TRUE(std::isfinite(value));
    for (const float value : umap(knn(DenseMatrix(50, 2), {.k = 3}), {.epochs = 20}).values) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace lexicell
