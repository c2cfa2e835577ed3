#pragma once
// Counts for the likelihood, their logarithm for the encoder: the features of the count models (scilama.md 4.4; scVI).

#include <string>
#include <vector>

#include "lexicell/prep/featurizer.h"

namespace lexicell {

// "x" (B x G) counts; "u" (B x G) log1p(target_sum * x / total); "library" (B) total, at least 1. Totals are those of the
// model genes, so that the features of a cell do not depend on what else its file measured.
class LogCounts : public Featurizer {
public:
    static constexpr std::string_view kKind = "log_counts";

    LogCounts(std::vector<std::string> genes, CovariateEncoder covariates = {}, double target_sum = 1e4);
    static std::unique_ptr<Featurizer> load(const FeaturizerState& state);

    std::string_view kind() const override { return kKind; }
    const std::vector<std::string>& genes() const override { return genes_; }
    const CovariateEncoder* covariates() const override { return covariates_.width() > 0 ? &covariates_ : nullptr; }
    Features features(const CsrMatrix& counts, std::span<const double> totals) const override;
    FeaturizerState state() const override;

private:
    std::vector<std::string> genes_;
    CovariateEncoder covariates_;
    double target_sum_;
};

}  // namespace lexicell
