#include "lexicell/graph/knn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

DenseMatrix random_points(std::int64_t rows, std::int64_t cols, std::uint64_t seed, double offset = 0) {
    RandomStream random(seed);
    DenseMatrix points(rows, cols);
    for (float& value : points.values) value = static_cast<float>(random.normal() + offset);
    return points;
}

double distance(std::span<const float> a, std::span<const float> b, KnnMetric metric) {
    double square = 0, product = 0, aa = 0, bb = 0;
    for (std::size_t d = 0; d < a.size(); ++d) {
        square += (double(a[d]) - b[d]) * (double(a[d]) - b[d]);
        product += double(a[d]) * b[d], aa += double(a[d]) * a[d], bb += double(b[d]) * b[d];
    }
    if (metric == KnnMetric::euclidean) return std::sqrt(square);
    return aa > 0 && bb > 0 ? 1 - product / std::sqrt(aa) / std::sqrt(bb) : 1;
}

// The k nearest by sorting all distances.
std::vector<std::int32_t> by_sorting(const DenseMatrix& queries, const DenseMatrix& references, std::int64_t query, int k,
                                     KnnMetric metric, bool itself) {
    std::vector<std::pair<double, std::int32_t>> all;
    for (std::int32_t r = 0; r < references.rows; ++r)
        if (!itself || r != query) all.emplace_back(distance(queries.row(query), references.row(r), metric), r);
    std::sort(all.begin(), all.end());
    std::vector<std::int32_t> out;
    for (int i = 0; i < k; ++i) out.push_back(all[i].second);
    return out;
}

TEST(Knn, EqualsSortingAllDistances) {
    for (const KnnMetric metric : {KnnMetric::euclidean, KnnMetric::cosine})
        for (const std::int64_t rows : {3, 191, 192, 193, 700})
            for (const std::int64_t cols : {1, 7, 50}) {
                if (metric == KnnMetric::cosine && cols == 1) continue;  // all distances are 0 or 2 up to rounding
                const DenseMatrix points = random_points(rows, cols, rows * 100 + cols, 3.0);
                const KnnGraph graph = knn(points, {.k = 10, .metric = metric, .threads = 2});
                ASSERT_EQ(graph.points, rows);
                ASSERT_EQ(graph.k, std::min<std::int64_t>(10, rows - 1));
                for (std::int64_t i = 0; i < rows; ++i) {
                    const auto found = graph.neighbours(i);
                    ASSERT_EQ(std::vector<std::int32_t>(found.begin(), found.end()),
                              by_sorting(points, points, i, graph.k, metric, true)) << rows << " x " << cols << ", row " << i;
                    for (int n = 0; n < graph.k; ++n)
                        ASSERT_NEAR(graph.distances_of(i)[n], distance(points.row(i), points.row(found[n]), metric), 1e-6);
                }
            }
}

TEST(Knn, QueriesFindReferences) {
    const DenseMatrix references = random_points(500, 20, 1), queries = random_points(211, 20, 2);
    for (const KnnMetric metric : {KnnMetric::euclidean, KnnMetric::cosine}) {
        const KnnGraph graph = knn(queries, references, {.k = 7, .metric = metric});
        for (std::int64_t i = 0; i < queries.rows; ++i) {
            const auto found = graph.neighbours(i);
            ASSERT_EQ(std::vector<std::int32_t>(found.begin(), found.end()), by_sorting(queries, references, i, 7, metric, false));
        }
    }
    const KnnGraph self = knn(references, references, {.k = 1});
    for (std::int64_t i = 0; i < references.rows; ++i) EXPECT_EQ(self.neighbours(i)[0], i);
}

TEST(Knn, TiesGoToTheSmallerIndexAndThreadsDoNotMatter) {
    DenseMatrix grid(900, 2);  // integer grid: nearly every distance is tied
    for (std::int64_t i = 0; i < 900; ++i) grid(i, 0) = static_cast<float>(i % 30), grid(i, 1) = static_cast<float>(i / 30);
    const KnnGraph one = knn(grid, {.k = 15, .threads = 1}), two = knn(grid, {.k = 15, .threads = 3});
    EXPECT_EQ(one.indices, two.indices);
    EXPECT_EQ(one.distances, two.distances);
    for (std::int64_t i = 0; i < 900; ++i) {
        const auto found = one.neighbours(i);
        ASSERT_EQ(std::vector<std::int32_t>(found.begin(), found.end()), by_sorting(grid, grid, i, 15, KnnMetric::euclidean, true));
    }
}

TEST(Knn, SurvivesDuplicatesZerosAndExtremeMagnitudes) {
    DenseMatrix points = random_points(300, 5, 4);
    for (std::int64_t i = 100; i < 200; ++i) std::ranges::copy(points.row(7), points.row(i).begin());
    const KnnGraph duplicates = knn(points, {.k = 5});
    EXPECT_EQ(duplicates.distances_of(150)[4], 0.0f);
    EXPECT_EQ(duplicates.neighbours(150)[0], 7);
    for (const float scale : {1e-30f, 1e30f}) {
        DenseMatrix scaled = random_points(300, 5, 4);
        const KnnGraph expected = knn(scaled, {.k = 5});
        for (float& value : scaled.values) value *= scale;
        EXPECT_EQ(knn(scaled, {.k = 5}).indices, expected.indices) << scale;
    }
    DenseMatrix zeros(4, 3);
    zeros(2, 1) = 1;
    const KnnGraph cosine = knn(zeros, {.k = 3, .metric = KnnMetric::cosine});
    EXPECT_EQ(cosine.indices, (std::vector<std::int32_t>{1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2}));
    EXPECT_EQ(cosine.distances, std::vector<float>(12, 1.0f));
}

TEST(Knn, FarOffsetDoesNotChangeNeighbours) {  // |x|^2 + |y|^2 - 2<x, y> in float would cancel to nothing
    DenseMatrix points(400, 3);
    RandomStream random(9);
    for (float& value : points.values) value = 4096.0f + static_cast<float>(random.below(1024)) / 256.0f;
    const KnnGraph graph = knn(points, {.k = 6});
    for (std::int64_t i = 0; i < 400; ++i) {
        const auto found = graph.neighbours(i);
        ASSERT_EQ(std::vector<std::int32_t>(found.begin(), found.end()), by_sorting(points, points, i, 6, KnnMetric::euclidean, true));
    }
}

TEST(Knn, EdgeSizesAndRefusals) {
    EXPECT_EQ(knn(DenseMatrix(0, 3)).indices.size(), 0u);
    const KnnGraph alone = knn(DenseMatrix(1, 3));
    EXPECT_EQ(alone.k, 0);
    EXPECT_EQ(alone.points, 1);
    DenseMatrix bad(3, 2);
    bad(1, 1) = std::numeric_limits<float>::quiet_NaN();
    try {
        knn(bad);
        FAIL() << "NaN accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::precondition);
    }
}

}  // namespace
}  // namespace lexicell
