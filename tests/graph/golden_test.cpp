// scanpy's neighbour graph, from the same coordinates.

#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include "lexicell/graph/connectivities.h"
#include "lexicell/graph/knn.h"

namespace lexicell::testing_support {
namespace {

class GoldenNeighbours : public GoldenTest {};

TEST_P(GoldenNeighbours, EqualScanpy) {
    if (!golden().has("outputs", "connectivities.data")) GTEST_SKIP() << "not a case of this room";
    const HostTensor& coordinates = golden().input("X_pca");
    DenseMatrix points(coordinates.shape.at(0), coordinates.shape.at(1));
    points.values = coordinates.to_float();
    const KnnGraph graph = knn(points, {.k = golden().config().at("n_neighbors").get<int>() - 1, .threads = 2});
    const CsrMatrix weights = umap_connectivities(graph, 2);

    Comparison compare(golden());
    const std::int64_t rows = golden().output("knn_indices").shape.at(0);
    const auto stored = static_cast<std::size_t>(rows * graph.k);
    compare.check("knn_distances", std::vector<float>(graph.distances.begin(), graph.distances.begin() + static_cast<std::ptrdiff_t>(stored)),
                  {rows, graph.k});
    const std::vector<std::int64_t> expected = golden().output("knn_indices").to_int64();
    const std::vector<float> distances = golden().output("knn_distances").to_float();
    for (std::size_t n = 0; n < stored; ++n)
        if (graph.indices[n] != expected[n]) {  // equal distances may come in another order
            EXPECT_EQ(graph.distances[n], distances[n]) << "neighbour " << n;
        }
    compare.checked_by_test("knn_indices");

    const std::int64_t entries = weights.indptr[rows];
    compare.check("connectivities.indptr", std::vector<std::int64_t>(weights.indptr.begin(), weights.indptr.begin() + rows + 1), {rows + 1});
    compare.check("connectivities.indices", std::vector<std::int32_t>(weights.indices.begin(), weights.indices.begin() + entries), {entries});
    compare.check("connectivities.data", std::vector<float>(weights.values.begin(), weights.values.begin() + entries), {entries});
    EXPECT_EQ(weights.nonzeros(), golden().description.at("total_nonzeros_all_rows").get<std::int64_t>());
    double sum = 0;
    for (const float weight : weights.values) sum += weight;
    EXPECT_NEAR(sum, golden().description.at("sum_of_all_connectivities").get<double>(), 1e-4 * sum);
}

LEXICELL_GOLDEN_CASES(GoldenNeighbours, "prep");

}  // namespace
}  // namespace lexicell::testing_support
