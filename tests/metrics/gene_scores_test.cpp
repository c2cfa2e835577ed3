// Gene function, networks, imputation.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/metrics/gene_function.h"
#include "lexicell/metrics/gene_imputation.h"
#include "lexicell/metrics/network_scores.h"
#include "lexicell/metrics/prediction_error.h"
#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

TEST(GeneFunction, SeesAPlantedDirectionAndNotNoise) {
    RandomStream random(2);
    DenseMatrix vectors = random_points(300, 20, random);
    Codes member = random_codes(300, 2, random);
    const GeneFunction noise = gene_function(random_vectors(300, 20, 9), member);
    EXPECT_NEAR(noise.auroc.value, 0.5, 0.1);
    for (std::int64_t g = 0; g < 300; ++g) vectors(g, 3) += 3 * static_cast<float>(member[g]);
    for (int g = 0; g < 10; ++g) member[g] = -1;
    const GeneFunction planted = gene_function(vectors, member);
    EXPECT_GT(planted.auroc.value, 0.9);
    EXPECT_GT(planted.macro_f1.value, 0.8);
    EXPECT_TRUE(std::isnan(planted.probability[0]));
    EXPECT_FALSE(std::isnan(planted.probability[20]));
    EXPECT_EQ(planted.auroc_folds.size(), 5u);
    EXPECT_FALSE(gene_function(vectors, Codes(300, 1)).auroc.available());
}

TEST(NetworkScores, OfThreeGenes) {
    const std::vector<Edge> truth = {{0, 1, 1}, {0, 2, -1}};
    const std::vector<Edge> predicted = {{0, 1, 0.9}, {1, 2, -0.8}, {2, 1, 0.8}, {0, 0, 5}, {7, 1, 5}, {0, 2, 0.1}};
    const NetworkScores found = network_scores(predicted, truth);
    EXPECT_EQ(found.possible_edges, 6);
    EXPECT_EQ(found.selected_edges, 3);  // two edges are true; the second place is tied
    EXPECT_NEAR(found.early_precision.value, 1.0 / 3, 1e-12);
    EXPECT_NEAR(found.early_precision_ratio.value, 1, 1e-12);
    EXPECT_NEAR(found.auprc.value, (1 + 0.5) / 2, 1e-12);
    EXPECT_NEAR(found.auroc.value, (1 + 0.5) / 2, 1e-12);
    const NetworkScores sources = network_scores(predicted, truth, {.regulators_only = true});
    EXPECT_EQ(sources.possible_edges, 2);
    EXPECT_EQ(sources.early_precision_ratio.value, 1);
    const NetworkScores repressed = network_scores(predicted, truth, {.sign = NetworkOptions::Sign::repression});
    EXPECT_EQ(repressed.true_edges, 1);
    EXPECT_EQ(repressed.early_precision.value, 0);
    EXPECT_EQ(network_scores({}, truth).early_precision_ratio.value, 0);
    EXPECT_FALSE(network_scores(predicted, {}).auprc.available());
}

TEST(NetworkScores, Stability) {
    const std::vector<Edge> a = {{0, 1, 3}, {1, 2, -2}, {2, 0, 1}}, b = {{0, 1, 9}, {2, 0, 8}, {1, 2, 0}};
    EXPECT_NEAR(edge_stability(a, b, 2).value, 1.0 / 3, 1e-12);
    EXPECT_NEAR(edge_stability(a, b, 9).value, 2.0 / 3, 1e-12);
    EXPECT_NEAR(jaccard_index({1, 2, 2}, {2, 3}).value, 1.0 / 3, 1e-12);
    EXPECT_FALSE(jaccard_index({}, {}).available());
}

TEST(Imputation, OfAGeneAndItsCopy) {
    const std::vector<double> x = {0, 1, 2, 5}, twice = {0, 2, 4, 10}, flat = {1, 1, 1, 1}, zero(4), reversed = {5, 2, 1, 0};
    const ImputationScores copy = imputation_scores(x, twice);
    EXPECT_NEAR(copy.pearson.value, 1, 1e-12);
    EXPECT_NEAR(copy.ssim.value, 1, 1e-12);
    EXPECT_NEAR(copy.rmse.value, 0, 1e-7);
    EXPECT_NEAR(copy.jensen_shannon.value, 0, 1e-12);
    const ImputationScores other = imputation_scores(x, reversed);
    EXPECT_LT(other.ssim.value, 0.5);
    EXPECT_GT(other.rmse.value, std::sqrt(2));
    EXPECT_FALSE(imputation_scores(x, flat).pearson.available());
    EXPECT_FALSE(imputation_scores(x, flat).rmse.available());
    EXPECT_TRUE(imputation_scores(x, flat).ssim.available());
    for (const Score& score : {imputation_scores(x, zero).ssim, imputation_scores(x, zero).jensen_shannon}) EXPECT_FALSE(score.available());
    const std::vector<Score> ranking = imputation_ranking({{copy}, {other}, {imputation_scores(x, zero)}});
    EXPECT_NEAR(ranking[0].value, 1, 1e-12);
    EXPECT_NEAR(ranking[1].value, 2, 1e-12);
    EXPECT_NEAR(ranking[2].value, 3, 1e-12);
}

TEST(Deconvolution, OfPerfectAndEvenProportions) {
    const std::vector<double> truth = {1, 0, 0.25, 0.75}, even(4, 0.5);
    const DeconvolutionScores perfect = deconvolution_scores(truth, truth, 2), blind = deconvolution_scores(truth, even, 2);
    EXPECT_EQ(perfect.r2.value, 1);
    EXPECT_EQ(perfect.rmse.value, 0);
    EXPECT_EQ(perfect.auroc.value, 1);
    EXPECT_NEAR(blind.r2.value, 0, 1e-12);
    EXPECT_EQ(blind.auroc.value, 0.5);
    EXPECT_FALSE(deconvolution_scores({}, {}, 2).r2.available());
}

TEST(PredictionError, OfShiftedTables) {
    RandomStream random(4);
    const DenseMatrix truth = random_points(20, 7, random);
    DenseMatrix shifted = truth;
    for (float& value : shifted.values) value += 2;
    const PredictionError found = prediction_error(truth, shifted);
    EXPECT_NEAR(found.rmse.value, 2, 1e-6);
    EXPECT_NEAR(found.mae.value, 2, 1e-6);
    EXPECT_NEAR(found.pearson_by_cell.value, 1, 1e-6);
    EXPECT_NEAR(found.spearman_by_gene.value, 1, 1e-6);
    EXPECT_EQ(found.cells, 20);
    EXPECT_EQ(found.genes, 7);
    EXPECT_FALSE(prediction_error(DenseMatrix(3, 3), DenseMatrix(3, 3)).pearson_by_cell.available());
    EXPECT_FALSE(prediction_error(DenseMatrix(0, 3), DenseMatrix(0, 3)).rmse.available());
}

}  // namespace
}  // namespace lexicell
