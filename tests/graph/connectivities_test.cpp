#include "lexicell/graph/connectivities.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

KnnGraph example(std::int64_t rows, int k) {
    RandomStream random(11);
    DenseMatrix points(rows, 6);
    for (float& value : points.values) value = static_cast<float>(random.normal());
    return knn(points, {.k = k});
}

void expect_undirected_weights(const CsrMatrix& matrix) {
    const CsrMatrix other = transpose(matrix);
    EXPECT_EQ(matrix.indptr, other.indptr);
    EXPECT_EQ(matrix.indices, other.indices);
    EXPECT_EQ(matrix.values, other.values);
    for (std::int64_t i = 0; i < matrix.rows; ++i)
        for (const std::int32_t j : matrix.row_indices(i)) EXPECT_NE(i, j);
    for (const float weight : matrix.values) {
        EXPECT_GT(weight, 0.0f);
        EXPECT_LE(weight, 1.0f);
        EXPECT_EQ(weight * 0x1p20f, std::round(weight * 0x1p20f));
    }
}

TEST(UmapConnectivities, AreAnUndirectedGraphWithACertainNearestNeighbour) {
    const KnnGraph graph = example(700, 12);
    const CsrMatrix weights = umap_connectivities(graph);
    expect_undirected_weights(weights);
    EXPECT_EQ(weights.values, umap_connectivities(graph, 3).values);
    const DenseMatrix dense = to_dense(weights);
    for (std::int64_t i = 0; i < graph.points; ++i) {
        EXPECT_EQ(dense(i, graph.neighbours(i)[0]), 1.0f);  // rho is the distance to the nearest
        for (const std::int32_t j : graph.neighbours(i)) EXPECT_GT(dense(i, j), 0.0f);
    }
}

TEST(UmapConnectivities, DuplicatesAreCertain) {
    const KnnGraph graph = knn(DenseMatrix(20, 2), {.k = 5});
    for (const float weight : umap_connectivities(graph).values) EXPECT_EQ(weight, 1.0f);
}

TEST(SnnConnectivities, EqualTheJaccardIndex) {
    // On a line 0 1 2 3 4 with k = 2: {0,1,2}, {0,1,2}, {1,2,3}, {2,3,4}, {2,3,4}.
    DenseMatrix line(5, 1);
    for (std::int64_t i = 0; i < 5; ++i) line(i, 0) = static_cast<float>(i);
    const DenseMatrix weights = to_dense(snn_connectivities(knn(line, {.k = 2})));
    EXPECT_EQ(weights(0, 1), 1.0f);
    EXPECT_NEAR(weights(0, 2), 0.5, 1e-6);
    EXPECT_NEAR(weights(1, 2), 0.5, 1e-6);
    EXPECT_EQ(weights(1, 3), 0.0f);  // neighbours in neither direction
    expect_undirected_weights(snn_connectivities(example(300, 8), 2));
}

TEST(DistanceMatrix, HoldsEveryNeighbourOnce) {
    const KnnGraph graph = example(50, 4);
    const CsrMatrix distances = distance_matrix(graph);
    EXPECT_EQ(distances.nonzeros(), 200);
    const DenseMatrix dense = to_dense(distances);
    for (std::int64_t i = 0; i < 50; ++i)
        for (int n = 0; n < 4; ++n) EXPECT_EQ(dense(i, graph.neighbours(i)[n]), graph.distances_of(i)[n]);
}

}  // namespace
}  // namespace lexicell
