#include "lexicell/prep/log_counts.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"

namespace lexicell {

LogCounts::LogCounts(std::vector<std::string> genes, CovariateEncoder covariates, double target_sum)
    : genes_(std::move(genes)), covariates_(std::move(covariates)), target_sum_(target_sum) {}

Features LogCounts::features(const CsrMatrix& counts, std::span<const double>) const {
    const std::int64_t cells = counts.rows, genes = counts.cols;
    LEXICELL_ASSERT(genes == static_cast<std::int64_t>(genes_.size()), "counts of other genes");
    std::vector<float> x(cells * genes), u(cells * genes), library(cells);
    for (std::int64_t r = 0; r < cells; ++r) {
        double total = 0;
        for (const float v : counts.row_values(r)) total += v;
        library[r] = static_cast<float>(std::max(total, 1.0));
        const double scale = total > 0 ? target_sum_ / total : 0;
        for (std::int64_t k = counts.indptr[r]; k < counts.indptr[r + 1]; ++k) {
            const std::int64_t at = r * genes + counts.indices[k];
            x[at] = counts.values[k];
            u[at] = static_cast<float>(std::log1p(counts.values[k] * scale));
        }
    }
    Features out;
    out["x"] = {{cells, genes}, std::move(x)};
    out["u"] = {{cells, genes}, std::move(u)};
    out["library"] = {{cells}, std::move(library)};
    return out;
}

FeaturizerState LogCounts::state() const {
    const nlohmann::json json = {{"kind", kKind}, {"version", 1}, {"genes", genes_}, {"target_sum", target_sum_},
                                 {"covariates", nlohmann::json::parse(to_json(covariates_))}};
    return {.json = json.dump(1)};
}

std::unique_ptr<Featurizer> LogCounts::load(const FeaturizerState& state) {
    const nlohmann::json json = nlohmann::json::parse(state.json);
    return std::make_unique<LogCounts>(json.at("genes").get<std::vector<std::string>>(),
                                       covariates_from_json(json.at("covariates").dump()), json.at("target_sum").get<double>());
}

}  // namespace lexicell
