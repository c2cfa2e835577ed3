#pragma once
// How much of an embedding's variance a covariate explains (Buettner et al. 2019; metrics.md 2.3 and 3).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

// sum_i R^2(PC_i ~ covariate) Var(PC_i) / sum_i Var(PC_i). A categorical covariate is one-way analysis of variance, R^2 =
// between / total; a numeric one is linear regression. Over all principal components the sum does not depend on the
// rotation and is computed without it; `components` (absent = all) takes the leading ones only. Several numeric
// covariates are regressed on together. Not available: an
// embedding, or a covariate, that does not vary. Codes are >= 0. Error precondition: coordinates that are not finite.
Score pc_regression(const DenseMatrix& points /* N x D */, std::span<const std::int32_t> categories, std::optional<std::int64_t> components = {});
Score pc_regression(const DenseMatrix& points /* N x D */, std::span<const double> covariate, std::optional<std::int64_t> components = {});
Score pc_regression(const DenseMatrix& points /* N x D */, const std::vector<std::vector<double>>& covariates /* of N each */,
                    std::optional<std::int64_t> components = {});

// (before - after) / before, negative values 0: 1 = the covariate's variance is gone. Not available where either is not,
// or before is 0.
Score pcr_comparison(const Score& before, const Score& after);

}  // namespace lexicell
