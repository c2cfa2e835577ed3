#include "lexicell/prep/scaled_log.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

void to_log(CsrMatrix& counts, std::span<const double> totals, const std::optional<double>& target_sum) {
    if (!target_sum) return;
    for (std::int64_t r = 0; r < counts.rows; ++r) {
        const double scale = totals[r] > 0 ? *target_sum / totals[r] : 0;
        for (std::int64_t k = counts.indptr[r]; k < counts.indptr[r + 1]; ++k)
            counts.values[k] = static_cast<float>(std::log1p(counts.values[k] * scale));
    }
}

ScaledLog::ScaledLog(std::vector<std::string> genes, std::vector<double> means, std::vector<double> sds, CovariateEncoder covariates,
                     const ScaledLogOptions& options)
    : genes_(std::move(genes)), means_(std::move(means)), sds_(std::move(sds)), covariates_(std::move(covariates)), options_(options) {
    LEXICELL_ASSERT(means_.size() == genes_.size() && sds_.size() == genes_.size(), "one mean and deviation a gene");
    for (std::size_t g = 0; g < genes_.size(); ++g)
        of_zero_.push_back(static_cast<float>(std::clamp(-means_[g] / sds_[g], -options_.clip, options_.clip)));
}

Features ScaledLog::features(const CsrMatrix& counts, std::span<const double> totals) const {
    const std::int64_t genes = counts.cols;
    LEXICELL_ASSERT(genes == static_cast<std::int64_t>(genes_.size()), "counts of other genes");
    CsrMatrix logged = counts;
    to_log(logged, totals, options_.target_sum);
    std::vector<float> x(logged.rows * genes);
    for (std::int64_t r = 0; r < logged.rows; ++r) {
        std::ranges::copy(of_zero_, x.begin() + r * genes);
        for (std::int64_t k = logged.indptr[r]; k < logged.indptr[r + 1]; ++k) {
            const std::int32_t g = logged.indices[k];
            x[r * genes + g] = static_cast<float>(std::clamp((logged.values[k] - means_[g]) / sds_[g], -options_.clip, options_.clip));
        }
    }
    Features out;
    out["x"] = {{logged.rows, genes}, std::move(x)};
    return out;
}

FeaturizerState ScaledLog::state() const {
    nlohmann::json json = {{"kind", kKind}, {"version", 1}, {"genes", genes_}, {"clip", options_.clip}, {"target_sum", nullptr},
                           {"covariates", nlohmann::json::parse(to_json(covariates_))}};
    if (options_.target_sum) json["target_sum"] = *options_.target_sum;
    const auto genes = static_cast<std::int64_t>(genes_.size());
    return {.json = json.dump(1), .arrays = {{"means", {{genes}, means_}}, {"sds", {{genes}, sds_}}}};
}

std::unique_ptr<Featurizer> ScaledLog::load(const FeaturizerState& state) {
    const nlohmann::json json = nlohmann::json::parse(state.json);
    auto genes = json.at("genes").get<std::vector<std::string>>();
    ScaledLogOptions options{.target_sum = std::nullopt, .clip = json.at("clip").get<double>()};
    if (!json.at("target_sum").is_null()) options.target_sum = json.at("target_sum").get<double>();
    std::vector<double> values[2];
    for (int i = 0; i < 2; ++i) {
        const char* name = i == 0 ? "means" : "sds";
        const auto it = state.arrays.find(name);
        const auto* found = it == state.arrays.end() ? nullptr : std::get_if<std::vector<double>>(&it->second.values);
        const bool fits = found && found->size() == genes.size() &&
                          std::ranges::all_of(*found, [&](double v) { return std::isfinite(v) && (i == 0 || v > 0); });
        if (!fits)
            throw Error(ErrorKind::model, {.type = "bad-featurizer", .message = "the featurizer's array is absent or does not fit its genes", .key = name});
        values[i] = *found;
    }
    return std::make_unique<ScaledLog>(std::move(genes), std::move(values[0]), std::move(values[1]),
                                       covariates_from_json(json.at("covariates").dump()), options);
}

ScaledLog plain_log(std::vector<std::string> genes, CovariateEncoder covariates, const std::optional<double>& target_sum) {
    constexpr double kBeyondAnyLogarithm = 1000;
    std::vector<double> means(genes.size(), 0), sds(genes.size(), 1);
    return ScaledLog(std::move(genes), std::move(means), std::move(sds), std::move(covariates), {.target_sum = target_sum, .clip = kBeyondAnyLogarithm});
}

ScaledLog fit_scaled_log(const CellSource& source, std::span<const std::int64_t> cells, std::vector<std::string> genes,
                         CovariateEncoder covariates, const ScaledLogOptions& options) {
    const auto size = genes.size();
    // The reader only needs the gene list, so the statistics may be anything.
    const ScaledLog unfitted(genes, std::vector<double>(size, 0), std::vector<double>(size, 1), {}, options);
    const FeatureReader reader(unfitted, source);
    if (!reader.absent_genes().empty())
        throw Error(ErrorKind::precondition, {.type = "missing-gene", .message = "a gene to model is not in the data", .key = reader.absent_genes().front()});
    MomentsAccumulator sums(static_cast<std::int64_t>(size));
    std::vector<double> totals;
    for (std::size_t begin = 0; begin < cells.size(); begin += 1024) {
        CsrMatrix block = reader.counts(cells.subspan(begin, std::min<std::size_t>(1024, cells.size() - begin)), totals);
        to_log(block, totals, options.target_sum);
        sums.add(block);
    }
    GeneMoments moments = sums.finish();
    std::vector<double> sds;
    for (const double variance : moments.variance) sds.push_back(variance > 0 ? std::sqrt(variance) : 1.0);
    return ScaledLog(std::move(genes), std::move(moments.mean), std::move(sds), std::move(covariates), options);
}

}  // namespace lexicell
