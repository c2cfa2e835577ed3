#include "lexicell/tasks/latent_markers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

DenseMatrix normal_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
    RandomStream random(seed);
    DenseMatrix matrix(rows, cols);
    for (float& value : matrix.values) value = static_cast<float>(random.normal());
    return matrix;
}

// Kolmogorov-Smirnov test of uniformity on (0, 1): asymptotic p.
double uniformity(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    double distance = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        distance = std::max({distance, static_cast<double>(i + 1) / n - values[i], values[i] - static_cast<double>(i) / n});
    const double x = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
    double p = 0;
    for (int j = 1; j < 100; ++j) p += (j % 2 ? 2 : -2) * std::exp(-2.0 * j * j * x * x);
    return std::clamp(p, 0.0, 1.0);
}

TEST(LatentMarkers, EqualTheExplicitCellsByGenesComputation) {
    const std::int64_t cells = 150, genes = 30, width = 6;
    DenseMatrix z = normal_matrix(cells, width, 1);
    const DenseMatrix g = normal_matrix(genes, width, 2);
    for (float& value : z.values) value = value * 0.5f + 3;  // a mean that must cancel
    std::vector<std::int32_t> labels;
    std::vector<float> bias;
    for (std::int64_t i = 0; i < cells; ++i) labels.push_back(i % 17 == 0 ? -1 : static_cast<std::int32_t>(i % 3));
    for (std::int64_t j = 0; j < genes; ++j) bias.push_back(static_cast<float>(j) / 10);
    const double scale = 0.4;
    const LatentMarkerResult result = latent_markers(z, g, labels, bias, {}, {.scale = scale, .permutations = 10});
    for (std::int64_t j = 0; j < genes; ++j) {
        std::vector<double> expression(cells);
        for (std::int64_t i = 0; i < cells; ++i)
            for (std::int64_t k = 0; k < width; ++k) expression[i] += scale * z(i, k) * g(j, k);
        double sum[3] = {}, count[3] = {}, all = 0, squares = 0, n = 0;
        for (std::int64_t i = 0; i < cells; ++i) {
            if (labels[i] < 0) continue;
            sum[labels[i]] += expression[i], ++count[labels[i]];
            all += expression[i], squares += expression[i] * expression[i], ++n;
        }
        const double deviation = std::sqrt(squares / n - all / n * all / n);
        for (int t = 0; t < 3; ++t) {
            const std::size_t at = static_cast<std::size_t>(t * genes + j);
            const double score = sum[t] / count[t] - (all - sum[t]) / (n - count[t]);
            EXPECT_NEAR(result.score[at], score, 1e-6);
            EXPECT_NEAR(result.absolute[at], sum[t] / count[t] + bias[j], 1e-6);
            EXPECT_NEAR(result.effect[at], score / deviation, 1e-4);
        }
    }
}

TEST(LatentMarkers, PermutedLabelsGiveUniformP) {
    const DenseMatrix z = normal_matrix(200, 5, 3), g = normal_matrix(40, 5, 4);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 200; ++i) labels.push_back(i % 4);
    std::vector<double> first_gene, other_gene;
    double hits = 0, tests = 0;
    for (std::uint64_t repetition = 0; repetition < 60; ++repetition) {
        RandomStream random(77, repetition);
        shuffle(std::span(labels), random);
        const LatentMarkerResult result = latent_markers(z, g, labels, {}, {}, {.permutations = 199, .seed = repetition, .threads = 2});
        first_gene.push_back(result.p[0]);
        other_gene.push_back(result.p[static_cast<std::size_t>(2 * result.genes + 17)]);
        for (const double q : result.q) hits += q < 0.05, ++tests;
    }
    EXPECT_GT(uniformity(first_gene), 0.01);
    EXPECT_GT(uniformity(other_gene), 0.01);
    EXPECT_LE(hits / tests, 0.05);
}

TEST(LatentMarkers, StrataAbsorbABatchEffect) {
    // Donors differ along the first axis and hold the groups unevenly; within a donor groups do not differ.
    DenseMatrix z = normal_matrix(400, 3, 5);
    DenseMatrix axis(1, 3);
    axis(0, 0) = 1;
    std::vector<std::int32_t> labels, donors;
    for (std::int64_t i = 0; i < 400; ++i) {
        donors.push_back(i < 200 ? 0 : 1);
        labels.push_back(i % 10 < (donors.back() == 0 ? 8 : 2) ? 0 : 1);
        z(i, 0) += donors.back() == 0 ? 3.0f : 0.0f;
    }
    const LatentMarkerOptions options{.permutations = 400};
    EXPECT_LT(latent_markers(z, axis, labels, {}, {}, options).p[0], 0.01);
    EXPECT_GT(latent_markers(z, axis, labels, {}, donors, options).p[0], 0.02);
    // Labels constant within strata cannot be permuted: every permutation is as large.
    EXPECT_EQ(latent_markers(z, axis, donors, {}, donors, options).p[0], 1.0);
}

TEST(LatentMarkers, FindsPlantedMarkersReproducibly) {
    DenseMatrix z = normal_matrix(300, 8, 6);
    DenseMatrix g = normal_matrix(50, 8, 7);
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < 300; ++i) {
        labels.push_back(static_cast<std::int32_t>(i % 3));
        if (i % 3 == 1) z(i, 2) += 2;
    }
    for (std::int64_t k = 0; k < 8; ++k) g(11, k) = k == 2 ? 1.0f : 0.0f;
    const LatentMarkerResult one = latent_markers(z, g, labels, {}, {}, {.seed = 3, .threads = 1});
    const LatentMarkerResult two = latent_markers(z, g, labels, {}, {}, {.seed = 3, .threads = 3});
    EXPECT_EQ(one.p, two.p);
    EXPECT_EQ(one.score, two.score);
    const std::vector<std::int64_t> markers = markers_of(one, 1);
    ASSERT_FALSE(markers.empty());
    EXPECT_EQ(markers[0], 11);
    EXPECT_NEAR(one.p[50 + 11], 1.0 / 1001, 1e-12);
    for (const std::int64_t gene : markers) EXPECT_GT(one.effect[static_cast<std::size_t>(50 + gene)], 0.25);
    EXPECT_TRUE(markers_of(one, 1, {.min_effect = 100}).empty());
}

TEST(LatentMarkers, DonorMeansAndRefusals) {
    DenseMatrix z(5, 1);
    z.values = {1, 3, 10, 20, 7};
    const DonorMeans means = donor_means(z, std::vector<std::int32_t>{0, 0, 1, 0, -1}, std::vector<std::int32_t>{4, 4, 4, 6, 6});
    EXPECT_EQ(means.cells.values, (std::vector<float>{2, 10, 20}));
    EXPECT_EQ(means.labels, (std::vector<std::int32_t>{0, 1, 0}));
    EXPECT_EQ(means.donors, (std::vector<std::int32_t>{4, 4, 6}));
    EXPECT_THROW(latent_markers(z, z, std::vector<std::int32_t>(5, 0)), Error);
    z(1, 0) = NAN;
    EXPECT_THROW(latent_markers(z, DenseMatrix(1, 1), std::vector<std::int32_t>{0, 0, 1, 1, 1}), Error);
}

}  // namespace
}  // namespace lexicell
