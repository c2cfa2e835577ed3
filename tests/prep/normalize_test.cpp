#include "lexicell/prep/normalize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::permutation;
using testing_support::with_zero_gene;

TEST(Normalize, EveryCellSumsToTheTarget) {
    const CsrMatrix counts = example_counts(50, 100);
    const Normalized n = normalize_total(counts, {.target_sum = 500});
    const auto& x = std::get<CsrMatrix>(n.x);
    for (std::int64_t r = 0; r < x.rows; ++r) {
        double sum = 0;
        for (const float v : x.row_values(r)) sum += v;
        EXPECT_NEAR(sum, 500, 1e-3);
        EXPECT_DOUBLE_EQ(n.factors[r], n.totals[r] / 500);
    }
}

TEST(Normalize, SparseAndDenseThreadsAndOrderAgree) {
    const CsrMatrix counts = example_counts(700, 60);
    const CsrMatrix logged = log_normalize(counts);
    EXPECT_EQ(log_normalize(counts, 1e4, 2).values, logged.values);
    EXPECT_EQ(log_normalize(with_zero_gene(counts)).values, logged.values);
    const Matrix dense = log1p_values(normalize_total(Matrix(to_dense(counts))).x);
    EXPECT_EQ(std::get<DenseMatrix>(dense).values, to_dense(logged).values);
    const auto order = permutation(counts.rows);
    EXPECT_EQ(log_normalize(take_rows(counts, order)).values, take_rows(logged, order).values);
    const Normalized a = normalize_total(counts, {.target_sum = std::nullopt, .exclude_highly_expressed = true});
    const Normalized b = normalize_total(Matrix(to_dense(counts)), {.target_sum = std::nullopt, .exclude_highly_expressed = true, .threads = 2});
    EXPECT_EQ(a.totals, b.totals);
    EXPECT_EQ(a.target_sum, b.target_sum);
    EXPECT_EQ(a.in_totals, b.in_totals);
}

TEST(Normalize, HighlyExpressedGenesStayOutOfTheTotals) {
    DenseMatrix counts(3, 4);
    counts.values = {10, 1, 1, 1, 2, 1, 1, 1, 0, 0, 0, 0};
    const Normalized n = normalize_total(counts, {.target_sum = 3, .exclude_highly_expressed = true, .max_fraction = 0.5});
    EXPECT_EQ(n.in_totals, (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ(n.totals, (std::vector<double>{3, 3, 0}));
    EXPECT_EQ(std::get<DenseMatrix>(n.x).values, counts.values);
}

TEST(Normalize, AnEmptyCellStaysEmptyAndDoesNotMoveTheMedian) {
    DenseMatrix counts(4, 2);
    counts.values = {1, 1, 0, 0, 0, 0, 4, 2};
    const Normalized n = normalize_total(counts, {.target_sum = std::nullopt});
    EXPECT_EQ(n.target_sum, 4);
    EXPECT_EQ(std::get<DenseMatrix>(n.x).values, (std::vector<float>{2, 2, 0, 0, 0, 0, 8.0f / 3, 4.0f / 3}));
    const CsrMatrix logged = log_normalize(to_csr(counts));
    for (const float v : logged.values) EXPECT_TRUE(std::isfinite(v));
}

TEST(Normalize, TheValuesOfAMatrixThatIsOnlyViewed) {
    const CsrMatrix counts = with_zero_gene(example_counts(200, 60));
    const std::vector<float> expected = log_normalize(counts).values;
    EXPECT_EQ(log_normalized_values(counts), expected);
    const std::vector<std::int32_t> narrow(counts.indptr.begin(), counts.indptr.end());
    EXPECT_EQ(log_normalized_values(MatrixRef(counts.rows, counts.cols, narrow, counts.indices, counts.values), 1e4, 2), expected);
    const DenseMatrix dense = to_dense(counts);
    EXPECT_EQ(log_normalized_values(dense), to_dense(log_normalize(counts)).values);
    const Normalized by_median = normalize_total(counts, {.target_sum = std::nullopt});
    EXPECT_EQ(log_normalized_values(counts, std::nullopt), std::get<CsrMatrix>(log1p_values(by_median.x)).values);
}

TEST(Log1p, AnyBase) {
    DenseMatrix x(1, 2);
    x.values = {7, 0};
    EXPECT_FLOAT_EQ(std::get<DenseMatrix>(log1p_values(Matrix(x), 2.0)).values[0], 3);
    EXPECT_FLOAT_EQ(std::get<DenseMatrix>(log1p_values(Matrix(x))).values[0], std::log(8.0f));
}

}  // namespace
}  // namespace lexicell
