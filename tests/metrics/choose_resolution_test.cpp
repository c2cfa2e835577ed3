#include "lexicell/metrics/choose_resolution.h"

#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/adjusted_rand_index.h"

namespace lexicell {
namespace {

// Cells around `centres` (one row each), unit noise.
CsrMatrix graph_around(const DenseMatrix& centres, std::int64_t cells, std::vector<std::int32_t>& truth) {
    RandomStream random(41);
    DenseMatrix points(cells, centres.cols);
    truth.clear();
    for (std::int64_t i = 0; i < cells; ++i) {
        truth.push_back(static_cast<std::int32_t>(i % centres.rows));
        for (std::int64_t d = 0; d < centres.cols; ++d) points(i, d) = centres(truth.back(), d) + static_cast<float>(random.normal());
    }
    return umap_connectivities(knn(points));
}

DenseMatrix spread_centres(std::int64_t groups, float distance) {
    DenseMatrix centres(groups, groups);
    for (std::int64_t g = 0; g < groups; ++g) centres(g, g) = distance;
    return centres;
}

TEST(ChooseResolution, FindsPlantedGroups) {
    for (const std::int64_t groups : {2, 5, 9}) {
        std::vector<std::int32_t> truth;
        const ChooseResolutionResult result = choose_resolution(graph_around(spread_centres(groups, 7), 100 * groups, truth), {.threads = 2});
        EXPECT_EQ(result.clustering.clusters, groups);
        EXPECT_GT(adjusted_rand_index(truth, result.clustering.membership), 0.97);
        EXPECT_EQ(result.rows[result.chosen].clusters, result.clustering.clusters);
        EXPECT_GT(result.rows[result.chosen].stability, 0.95);
    }
}

TEST(ChooseResolution, PrefersTheFinerOfTwoRealLevels) {
    DenseMatrix centres(6, 8);  // two super-groups of three
    for (std::int64_t g = 0; g < 6; ++g) centres(g, g) = 6, centres(g, 6 + g / 3) = 20;
    std::vector<std::int32_t> truth;
    const ChooseResolutionResult result = choose_resolution(graph_around(centres, 900, truth), {.threads = 2});
    EXPECT_EQ(result.clustering.clusters, 6);
    EXPECT_GT(adjusted_rand_index(truth, result.clustering.membership), 0.97);
}

TEST(ChooseResolution, DoesNotDependOnThreads) {
    std::vector<std::int32_t> truth;
    const CsrMatrix graph = graph_around(spread_centres(4, 3), 400, truth);  // overlapping groups
    const ChooseResolutionOptions one{.subsamples = 4, .seed = 2, .threads = 1}, three{.subsamples = 4, .seed = 2, .threads = 3};
    const ChooseResolutionResult a = choose_resolution(graph, one), b = choose_resolution(graph, three);
    EXPECT_EQ(a.chosen, b.chosen);
    EXPECT_EQ(a.clustering.membership, b.clustering.membership);
    for (std::size_t r = 0; r < a.rows.size(); ++r) {
        EXPECT_EQ(a.rows[r].stability, b.rows[r].stability);
        EXPECT_LE(a.rows[r].lowest, a.rows[r].stability + 1e-12);
    }
}

TEST(ChooseResolution, SmallGraphsAndStopping) {
    const ChooseResolutionResult nothing = choose_resolution(CsrMatrix{});
    EXPECT_EQ(nothing.clustering.clusters, 0);
    const ChooseResolutionResult pair = choose_resolution(umap_connectivities(knn(DenseMatrix(2, 1))));
    EXPECT_EQ(pair.clustering.clusters, 1);
    struct Stopping : Sink {
        int calls = 0;
        void progress(const Progress&) override { ++calls; }
        bool stop_requested() override { return calls >= 5; }
    } sink;
    std::vector<std::int32_t> truth;
    EXPECT_THROW(choose_resolution(graph_around(spread_centres(3, 5), 150, truth), {}, sink), Error);
    EXPECT_EQ(sink.calls, 5);
}

}  // namespace
}  // namespace lexicell
