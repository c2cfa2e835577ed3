#pragma once
// z-scores of log-normalised expression: the input of sciLaMA's published form (scilama.md 2).

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/prep/featurizer.h"

namespace lexicell {

struct ScaledLogOptions {
    // Sum that a cell's counts over ALL genes of its source are scaled to before log1p (the paper normalises before it
    // selects genes); absent = the source holds log-normalised values already.
    std::optional<double> target_sum = 1e4;
    double clip = 10;  // both sides; larger keeps more of rare genes' extremes
};

// "x" (B x G): (log1p(target_sum * count / total) - mean_g) / sd_g, clipped.
class ScaledLog : public Featurizer {
public:
    static constexpr std::string_view kKind = "scaled_log";

    ScaledLog(std::vector<std::string> genes, std::vector<double> means, std::vector<double> sds, CovariateEncoder covariates = {},
              const ScaledLogOptions& options = {});
    static std::unique_ptr<Featurizer> load(const FeaturizerState& state);

    std::string_view kind() const override { return kKind; }
    const std::vector<std::string>& genes() const override { return genes_; }
    const CovariateEncoder* covariates() const override { return covariates_.width() > 0 ? &covariates_ : nullptr; }
    bool reads_counts() const override { return options_.target_sum.has_value(); }
    Features features(const CsrMatrix& counts, std::span<const double> totals) const override;
    FeaturizerState state() const override;

    // For the way back to log space: value * sd + mean.
    const std::vector<double>& means() const { return means_; }  // G
    const std::vector<double>& sds() const { return sds_; }      // G, divided by N - 1; 0 becomes 1

private:
    std::vector<std::string> genes_;
    std::vector<double> means_, sds_;
    CovariateEncoder covariates_;
    ScaledLogOptions options_;
    std::vector<float> of_zero_;  // G, the feature of a count of 0
};

// Log-normalised values as they are: "x" = log1p(target_sum * count / total), or the source's own values.
ScaledLog plain_log(std::vector<std::string> genes, CovariateEncoder covariates, const std::optional<double>& target_sum);

// log1p(target_sum * x / total) of every value, in place; totals: one a row. Absent target_sum: the values are logarithms.
void to_log(CsrMatrix& counts, std::span<const double> totals, const std::optional<double>& target_sum);

// Means and deviations over the training cells `cells` of the source, in one pass of blocks; `genes` must be in the source,
// else Error(precondition).
ScaledLog fit_scaled_log(const CellSource& source, std::span<const std::int64_t> cells, std::vector<std::string> genes,
                         CovariateEncoder covariates = {}, const ScaledLogOptions& options = {});

}  // namespace lexicell
