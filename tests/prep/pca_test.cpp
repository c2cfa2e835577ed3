#include "lexicell/prep/pca.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/scale.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::permutation;
using testing_support::with_zero_gene;

void expect_near(const std::vector<float>& a, const std::vector<float>& b, double tolerance) {
    ASSERT_EQ(a.size(), b.size());
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max<double>(worst, std::abs(a[i] - b[i]));
    EXPECT_LE(worst, tolerance);
}

TEST(Pca, FindsPlantedDirections) {
    // Two orthogonal directions with variances 16 and 4 and nothing else.
    RandomStream random(random_key(0, 0));
    DenseMatrix x(200, 6);
    for (std::int64_t r = 0; r < x.rows; ++r) {
        const double a = 4 * random.normal(), b = 2 * random.normal();
        x(r, 1) = static_cast<float>(5 + 0.6 * a);
        x(r, 4) = static_cast<float>(-3 - 0.8 * a);
        x(r, 2) = static_cast<float>(b);
    }
    const Pca p = pca(x, {.components = 3});
    EXPECT_NEAR(p.loadings(4, 0), 0.8, 0.02) << "the largest entry is positive";
    EXPECT_NEAR(p.loadings(1, 0), -0.6, 0.02);
    EXPECT_NEAR(p.loadings(2, 1), 1, 0.02);
    EXPECT_NEAR(p.variance_ratio[0] + p.variance_ratio[1], 1, 1e-6);
}

TEST(Pca, LoadingsAreOrthonormalAndScoresHaveTheVariances) {
    const CsrMatrix x = log_normalize(example_counts(400, 150));
    const Pca p = pca(x, {.components = 20});
    for (std::int64_t a = 0; a < 20; ++a)
        for (std::int64_t b = 0; b <= a; ++b) {
            double dot = 0, covariance = 0;
            for (std::int64_t g = 0; g < x.cols; ++g) dot += static_cast<double>(p.loadings(g, a)) * p.loadings(g, b);
            for (std::int64_t r = 0; r < x.rows; ++r) covariance += static_cast<double>(p.scores(r, a)) * p.scores(r, b);
            EXPECT_NEAR(dot, a == b, 1e-5);
            EXPECT_NEAR(covariance / 399, a == b ? p.variance[a] : 0, 1e-4 * p.variance[0]);
        }
    EXPECT_TRUE(std::ranges::is_sorted(p.variance, std::greater<>()));
}

TEST(Pca, SparseDenseAndThreadsAgreeToTheBit) {
    const CsrMatrix x = log_normalize(example_counts(1500, 80));
    const PcaOptions one{.components = 15}, two{.components = 15, .threads = 2};
    const Pca a = pca(x, one);
    for (const Pca& b : {pca(x, two), pca(to_dense(x), one)}) {
        EXPECT_EQ(a.scores.values, b.scores.values);
        EXPECT_EQ(a.loadings.values, b.loadings.values);
        EXPECT_EQ(a.variance, b.variance);
    }
    EXPECT_EQ(project(a, x).values, a.scores.values);
}

TEST(Pca, TheOrderOfCellsAndAZeroGeneChangeNothing) {
    const CsrMatrix x = log_normalize(example_counts(600, 100));
    const PcaOptions options{.components = 8};
    const Pca a = pca(x, options);
    const auto order = permutation(x.rows);
    expect_near(pca(take_rows(x, order), options).scores.values, take_rows(a.scores, order).values, 1e-4);
    expect_near(pca(with_zero_gene(x), options).scores.values, a.scores.values, 1e-4);
}

TEST(Pca, OfZScoresWithoutDensifying) {
    const CsrMatrix x = log_normalize(example_counts(500, 90));
    const GeneScale fitted = fit_scale(x);
    const Pca dense = pca(scale(x, fitted, {.clip = 3}), {.components = 10});
    const Pca sparse = pca(scale_sparse(x, fitted, {.clip = 3}).x, {.components = 10});
    expect_near(sparse.scores.values, dense.scores.values, 1e-3);
    for (int k = 0; k < 10; ++k) EXPECT_NEAR(sparse.variance[k], dense.variance[k], 1e-5 * dense.variance[0]);
}

TEST(Pca, SmallAndDegenerateShapes) {
    const Pca few = pca(log_normalize(example_counts(4, 50)), {.components = 50});
    EXPECT_EQ(few.scores.cols, 3) << "four points span three directions";
    double ratio = 0;
    for (const double v : few.variance_ratio) ratio += v;
    EXPECT_NEAR(ratio, 1, 1e-9);
    EXPECT_EQ(pca(log_normalize(example_counts(50, 2)), {.components = 5}).scores.cols, 2);
    const Pca constant = pca(DenseMatrix(10, 5), {.components = 2});
    for (const float v : constant.scores.values) EXPECT_EQ(v, 0);
    EXPECT_EQ(constant.variance_ratio[0], 0);
    EXPECT_THROW(pca(DenseMatrix(1, 5)), Error);
}

TEST(Pca, StopsOnRequest) {
    struct Impatient : Sink {
        bool stop_requested() override { return true; }
    } impatient;
    try {
        pca(log_normalize(example_counts(50, 20)), {.components = 5}, impatient);
        FAIL() << "went on";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::interrupted);
    }
}

}  // namespace
}  // namespace lexicell
