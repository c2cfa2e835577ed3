#include "lexicell/tasks/gene_modules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lexicell/base/random.h"
#include "lexicell/metrics/adjusted_rand_index.h"

namespace lexicell {
namespace {

// Blocks of genes that share a direction, and genes without one.
DenseMatrix planted(std::int64_t blocks, std::int64_t size, std::int64_t loose, std::vector<std::int32_t>& truth) {
    RandomStream random(31);
    DenseMatrix genes(blocks * size + loose, 20);
    DenseMatrix directions(blocks, 20);
    for (float& value : directions.values) value = static_cast<float>(random.normal());
    truth.clear();
    for (std::int64_t j = 0; j < genes.rows; ++j) {
        truth.push_back(j < blocks * size ? static_cast<std::int32_t>(j / size) : -1);
        for (std::int64_t k = 0; k < 20; ++k)
            genes(j, k) = static_cast<float>(0.5 + 0.6 * random.normal()) + (truth.back() >= 0 ? directions(truth.back(), k) : 0.0f);
    }
    return genes;
}

TEST(GeneModules, RecoverPlantedBlocks) {
    std::vector<std::int32_t> truth;
    const DenseMatrix genes = planted(5, 40, 0, truth);
    for (const auto weights : {GeneModuleOptions::Weights::snn, GeneModuleOptions::Weights::cosine}) {
        const GeneModules found = gene_modules(genes, {.weights = weights, .threads = 2});
        EXPECT_GE(adjusted_rand_index(truth, found.module), 0.9);
        EXPECT_EQ(found.modules, 5);
        ASSERT_EQ(found.stability.size(), 5u);
        for (const double stability : found.stability) EXPECT_GT(stability, 0.8);
        EXPECT_EQ(found.module, gene_modules(genes, {.weights = weights, .threads = 1}).module);
    }
}

TEST(GeneModules, SmallModulesAreUnassigned) {
    std::vector<std::int32_t> truth;
    DenseMatrix genes = planted(3, 30, 0, truth);
    for (std::int64_t j = 0; j < 4; ++j)  // four genes on a direction of their own
        for (std::int64_t k = 0; k < 20; ++k) genes(j, k) = k == 0 ? 50.0f + static_cast<float>(j) : 0.5f;
    const GeneModules found = gene_modules(genes, {.k = 3});
    for (std::int64_t j = 0; j < 4; ++j) EXPECT_EQ(found.module[j], -1);
    for (std::int32_t m = 0; m < found.modules; ++m) EXPECT_GE(std::ranges::count(found.module, m), 5);
}

TEST(GeneModules, DegenerateInput) {
    EXPECT_EQ(gene_modules(DenseMatrix(0, 4)).modules, 0);
    EXPECT_EQ(gene_modules(DenseMatrix(3, 4)).module, (std::vector<std::int32_t>{-1, -1, -1}));
}

TEST(ModuleStability, IsTheMeanBestJaccard) {
    const std::vector<std::int32_t> reference = {0, 0, 0, 1, 1, -1};
    const std::vector<std::vector<std::int32_t>> others = {{5, 5, 5, 7, 7, 7}, {0, 0, 1, 1, 1, -2}, {0, -2, 0, 3, -1, 0}};
    const std::vector<double> stability = module_stability(reference, others);
    ASSERT_EQ(stability.size(), 2u);
    EXPECT_NEAR(stability[0], (1.0 + 2.0 / 3 + 2.0 / 3) / 3, 1e-12);
    EXPECT_NEAR(stability[1], (2.0 / 3 + 2.0 / 3 + 1.0 / 2) / 3, 1e-12);
}

TEST(ModuleSpecificity, IsTheShareOfVarianceBetweenGroups) {
    DenseMatrix expression(4, 4);
    expression.values = {1, 1, 5, 9,
                         3, 3, 5, 9,
                         5, 5, 5, 9,
                         7, 7, 5, 9};
    const std::vector<double> eta = module_specificity(to_csr(expression), std::vector<std::int32_t>{0, 0, 1, -1}, std::vector<std::int32_t>{0, 0, 1, 1});
    ASSERT_EQ(eta.size(), 2u);
    EXPECT_NEAR(eta[0], 16.0 / 20.0, 1e-12);
    EXPECT_EQ(eta[1], 0);  // constant
}

}  // namespace
}  // namespace lexicell
