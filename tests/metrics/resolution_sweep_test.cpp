#include "lexicell/metrics/resolution_sweep.h"

#include <gtest/gtest.h>

#include "lexicell/base/random.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/knn.h"

namespace lexicell {
namespace {

TEST(ResolutionRange, IncludesBothEnds) {
    const std::vector<double> range = resolution_range(0.1, 2.0, 0.1);
    ASSERT_EQ(range.size(), 20u);
    EXPECT_EQ(range.front(), 0.1);
    EXPECT_EQ(range[2], 0.3);
    EXPECT_EQ(range.back(), 2.0);
}

TEST(ResolutionSweep, FindsTheResolutionOfThePlantedGroups) {
    RandomStream random(8);
    DenseMatrix points(500, 6);
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < 500; ++i) {
        labels.push_back(static_cast<std::int32_t>(i % 5));
        for (std::int64_t d = 0; d < 6; ++d) points(i, d) = static_cast<float>(random.normal() + (d == i % 5 ? 8 : 0));
    }
    const CsrMatrix graph = umap_connectivities(knn(points));
    const ResolutionSweepResult sweep = resolution_sweep(graph, labels, {.threads = 2});
    ASSERT_EQ(sweep.rows.size(), 20u);
    EXPECT_EQ(sweep.rows[sweep.best].clusters, 5);
    EXPECT_NEAR(sweep.rows[sweep.best].ari, 1, 1e-12);
    for (const ResolutionSweepRow& row : sweep.rows) EXPECT_LE(row.nmi, sweep.rows[sweep.best].nmi);
    for (std::size_t r = 0; r < sweep.best; ++r) EXPECT_LT(sweep.rows[r].nmi, sweep.rows[sweep.best].nmi);
}

}  // namespace
}  // namespace lexicell
