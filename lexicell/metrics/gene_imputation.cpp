#include "lexicell/metrics/gene_imputation.h"

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/metrics/correlation.h"
#include "lexicell/metrics/distribution_distances.h"
#include "lexicell/metrics/ranking.h"
#include "lexicell/metrics/ranks.h"

namespace lexicell {
namespace {

struct Moments {
    double mean = 0, variance = 0;  // population
};

Moments moments_of(std::span<const double> values) {
    Moments out;
    const auto n = static_cast<double>(values.size());
    for (const double value : values) out.mean += value / n;
    for (const double value : values) out.variance += (value - out.mean) * (value - out.mean) / n;
    return out;
}

double covariance(std::span<const double> x, std::span<const double> y, double mx, double my) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mx) * (y[i] - my) / static_cast<double>(x.size());
    return sum;
}

Score ssim(std::span<const double> truth, std::span<const double> predicted) {
    std::vector<double> scaled[2];
    int which = 0;
    for (const std::span<const double> values : {truth, predicted}) {
        const double largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
        const double smallest = values.empty() ? 0 : *std::min_element(values.begin(), values.end());
        if (!(smallest >= 0)) return Score::not_available("a value is negative or not a number");
        if (!(largest > 0) || std::isinf(largest)) return Score::not_available("all values are 0, or one is infinite");
        for (const double value : values) scaled[which].push_back(value / largest);
        ++which;
    }
    constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03, c3 = c2 / 2;
    const Moments x = moments_of(scaled[0]), y = moments_of(scaled[1]);
    const double sx = std::sqrt(x.variance), sy = std::sqrt(y.variance), sxy = covariance(scaled[0], scaled[1], x.mean, y.mean);
    return (2 * x.mean * y.mean + c1) / (x.mean * x.mean + y.mean * y.mean + c1) * (2 * sx * sy + c2) / (x.variance + y.variance + c2) *
           (sxy + c3) / (sx * sy + c3);
}

constexpr Score ImputationScores::* parts[] = {&ImputationScores::pearson, &ImputationScores::ssim, &ImputationScores::rmse,
                                               &ImputationScores::jensen_shannon};
constexpr bool larger_is_better[] = {true, true, false, false};

}  // namespace

ImputationScores imputation_scores(std::span<const double> truth, std::span<const double> predicted) {
    LEXICELL_ASSERT(truth.size() == predicted.size(), "the same spots");
    ImputationScores out{.pearson = pearson(truth, predicted).coefficient, .ssim = ssim(truth, predicted)};
    // Between z-scores the mean square is 2 - 2 r.
    out.rmse = out.pearson;
    out.rmse.value = std::sqrt(std::max(0.0, 2 - 2 * out.pearson.value));
    if (!out.pearson.available()) out.rmse.value = out.pearson.value;
    out.jensen_shannon = jensen_shannon_divergence(truth, predicted);
    return out;
}

std::vector<Score> imputation_ranking(const std::vector<std::vector<ImputationScores>>& scores) {
    std::vector<double> sums(scores.size());
    std::int64_t counted = 0;
    for (std::size_t gene = 0; !scores.empty() && gene < scores.front().size(); ++gene)
        for (std::size_t part = 0; part < 4; ++part) {
            std::vector<double> values;  // larger is worse
            bool any = false;
            for (const std::vector<ImputationScores>& method : scores) {
                LEXICELL_ASSERT(method.size() == scores.front().size(), "the same genes");
                const Score& score = method[gene].*parts[part];
                any = any || score.available();
                values.push_back(!score.available() ? HUGE_VAL : larger_is_better[part] ? -score.value : score.value);
            }
            if (!any) continue;
            const std::vector<double> ranks = mean_ranks(values);
            for (std::size_t m = 0; m < ranks.size(); ++m) sums[m] += ranks[m];
            ++counted;
        }
    std::vector<Score> out;
    for (const double sum : sums) out.push_back(counted > 0 ? Score(sum / static_cast<double>(counted)) : Score::not_available("no gene has a score"));
    return out;
}

DeconvolutionScores deconvolution_scores(std::span<const double> truth, std::span<const double> predicted, std::int64_t types) {
    LEXICELL_ASSERT(truth.size() == predicted.size() && types > 0 && truth.size() % static_cast<std::size_t>(types) == 0, "spots by types");
    DeconvolutionScores out;
    if (truth.empty()) {
        out.r2 = out.rmse = out.jensen_shannon = out.auroc = Score::not_available("no spots");
        return out;
    }
    double residual = 0, distance = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) residual += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
    const auto entries = static_cast<double>(truth.size());
    const double total = moments_of(truth).variance * entries;
    out.r2 = total > 0 ? Score(1 - residual / total) : Score::not_available("the truth does not vary");
    out.rmse = std::sqrt(residual / entries);
    std::int64_t spots = 0;
    const auto width = static_cast<std::size_t>(types);
    for (std::size_t begin = 0; begin < truth.size(); begin += width) {
        const Score score = jensen_shannon_distance(truth.subspan(begin, width), predicted.subspan(begin, width), 2);
        if (score.available()) distance += score.value, ++spots;
    }
    out.jensen_shannon = spots > 0 ? Score(distance / static_cast<double>(spots)) : Score::not_available("no spot has proportions");
    std::vector<std::int32_t> present;
    for (const double value : truth) present.push_back(value > 0);
    out.auroc = auroc(present, predicted);
    return out;
}

}  // namespace lexicell
