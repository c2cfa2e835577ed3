#include "lexicell/text/truncated_svd.h"

#include <cmath>

#include <gtest/gtest.h>

#include "lexicell/base/random.h"

namespace lexicell {
namespace {

// A sparse matrix with known singular values: orthogonal blocks would be dull, so a random low-rank product is thresholded.
CsrMatrix example(std::int64_t rows, std::int64_t cols) {
    DenseMatrix m(rows, cols);
    RandomStream random(random_key(1, 2));
    for (float& value : m.values)
        if (random.uniform() < 0.2) value = static_cast<float>(random.normal());
    for (std::int64_t r = 0; r < rows; ++r) m(r, 0) += 3;  // one strong direction
    return to_csr(m);
}

double residual(const CsrMatrix& a, const TruncatedSvd& svd) {
    const DenseMatrix dense = to_dense(a);
    double sum = 0;
    for (std::int64_t r = 0; r < dense.rows; ++r)
        for (std::int64_t c = 0; c < dense.cols; ++c) {
            double value = dense(r, c);
            for (std::size_t k = 0; k < svd.s.size(); ++k) value -= svd.u(r, k) * svd.s[k] * svd.v(c, k);
            sum += value * value;
        }
    return sum;
}

double square_sum(const CsrMatrix& a) {
    double sum = 0;
    for (const float v : a.values) sum += static_cast<double>(v) * v;
    return sum;
}

double orthogonality_error(const DenseMatrix& m) {
    double worst = 0;
    for (std::int64_t i = 0; i < m.cols; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
            double dot = 0;
            for (std::int64_t r = 0; r < m.rows; ++r) dot += static_cast<double>(m(r, i)) * m(r, j);
            worst = std::max(worst, std::abs(dot - (i == j)));
        }
    return worst;
}

TEST(TruncatedSvd, AtFullRankReproducesTheMatrix) {
    const CsrMatrix a = example(60, 25);
    const TruncatedSvd svd = truncated_svd(a, {.rank = 25});
    ASSERT_EQ(svd.s.size(), 25u);
    EXPECT_LT(residual(a, svd) / square_sum(a), 1e-9);
    EXPECT_LT(orthogonality_error(svd.u), 1e-4);
    EXPECT_LT(orthogonality_error(svd.v), 1e-4);
    EXPECT_TRUE(std::is_sorted(svd.s.rbegin(), svd.s.rend()));
}

TEST(TruncatedSvd, LeavesTheLeastPossible) {
    const CsrMatrix a = example(200, 80);
    const TruncatedSvd all = truncated_svd(a, {.rank = 80}), some = truncated_svd(a, {.rank = 10, .oversampling = 20, .power_iterations = 8});
    double tail = 0;
    for (std::size_t k = 10; k < all.s.size(); ++k) tail += all.s[k] * all.s[k];
    EXPECT_NEAR(residual(a, some) / tail, 1, 1e-3);
    for (int k = 0; k < 10; ++k) EXPECT_NEAR(some.s[k] / all.s[k], 1, 5e-3);
}

TEST(TruncatedSvd, ALowRankMatrixHasFewTriples) {
    DenseMatrix m(30, 20);
    for (std::int64_t r = 0; r < 30; ++r)
        for (std::int64_t c = 0; c < 20; ++c) m(r, c) = static_cast<float>((r % 3 == 0) * c + (r % 2) * 2);
    const TruncatedSvd svd = truncated_svd(to_csr(m), {.rank = 10});
    EXPECT_EQ(svd.s.size(), 2u);
    EXPECT_LT(residual(to_csr(m), svd) / square_sum(to_csr(m)), 1e-9);
}

TEST(TruncatedSvd, NothingHasNoTriples) {
    EXPECT_TRUE(truncated_svd(CsrMatrix{}).s.empty());
    EXPECT_TRUE(truncated_svd(to_csr(DenseMatrix(5, 4))).s.empty());
}

TEST(TruncatedSvd, ThreadsChangeNoBit) {
    const CsrMatrix a = example(1500, 700);
    const TruncatedSvd one = truncated_svd(a, {.rank = 20, .threads = 1}), two = truncated_svd(a, {.rank = 20, .threads = 2});
    EXPECT_EQ(one.u.values, two.u.values);
    EXPECT_EQ(one.v.values, two.v.values);
    EXPECT_EQ(one.s, two.s);
    EXPECT_NE(truncated_svd(a, {.rank = 20, .seed = 1}).u.values, one.u.values);
}

TEST(PrincipalAxes, ProjectionIsCentredAndUncorrelated) {
    const DenseMatrix rows = to_dense(example(300, 12));
    const PrincipalAxes axes = principal_axes(rows, 5, true);
    const DenseMatrix projected = project(rows, axes);
    for (std::int64_t i = 0; i < 5; ++i) {
        double mean = 0;
        for (std::int64_t r = 0; r < 300; ++r) mean += projected(r, i);
        EXPECT_NEAR(mean / 300, 0, 1e-5);
        for (std::int64_t j = 0; j < i; ++j) {
            double dot = 0;
            for (std::int64_t r = 0; r < 300; ++r) dot += projected(r, i) * projected(r, j);
            EXPECT_NEAR(dot / 300, 0, 1e-4);
        }
    }
}

}  // namespace
}  // namespace lexicell
