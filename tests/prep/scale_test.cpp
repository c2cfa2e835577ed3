#include "lexicell/prep/scale.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/prep/normalize.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;

TEST(Scale, GenesHaveMeanZeroAndDeviationOne) {
    const CsrMatrix x = log_normalize(example_counts(500, 40));
    const DenseMatrix z = scale(x, fit_scale(x), {.clip = std::nullopt});
    for (std::int64_t g = 0; g < z.cols; ++g) {
        double sum = 0, squares = 0;
        for (std::int64_t r = 0; r < z.rows; ++r) {
            sum += z(r, g);
            squares += z(r, g) * z(r, g);
        }
        EXPECT_NEAR(sum, 0, 1e-3);
        EXPECT_NEAR(squares / 499, g + 1 < z.cols ? 1 : 0, 1e-5);  // the last gene is constant
    }
}

TEST(Scale, SparseDenseAndThreadsAgreeToTheBit) {
    const CsrMatrix x = log_normalize(example_counts(2100, 40));
    const GeneScale fitted = fit_scale(x);
    EXPECT_EQ(fit_scale(to_dense(x), 2).sd, fitted.sd);
    for (const ScaleOptions options : {ScaleOptions{}, ScaleOptions{.clip = 1.5}, ScaleOptions{.center = false, .clip = 1.0}}) {
        const DenseMatrix z = scale(x, fitted, options);
        EXPECT_EQ(scale(to_dense(x), fitted, {.center = options.center, .clip = options.clip, .threads = 2}).values, z.values);
        const SparseScaled sparse = scale_sparse(x, fitted, options);
        const DenseMatrix back = to_dense(sparse.x);
        for (std::int64_t r = 0; r < z.rows; ++r)
            for (std::int64_t g = 0; g < z.cols; ++g) EXPECT_NEAR(back(r, g) + sparse.offset[g], z(r, g), 1e-6);
    }
}

TEST(Scale, AConstantGeneIsNotDividedByRoundingNoise) {
    DenseMatrix x(1000, 1);
    for (float& v : x.values) v = 0.1f;
    const GeneScale fitted = fit_scale(x);
    EXPECT_EQ(fitted.sd[0], 1);
    for (const float v : scale(x, fitted).values) EXPECT_NEAR(v, 0, 1e-6);
}

}  // namespace
}  // namespace lexicell
