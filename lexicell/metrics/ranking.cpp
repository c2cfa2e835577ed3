#include "lexicell/metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "lexicell/base/error.h"

namespace lexicell {
namespace {

struct Curve {
    std::vector<RankingPoint> points;
    double positives = 0, negatives = 0;
    std::string obstacle;
};

Curve curve_of(std::span<const std::int32_t> truth, std::span<const double> scores) {
    Curve curve{.points = ranking_curve(truth, scores)};
    if (curve.points.empty()) {
        curve.obstacle = "no cell has a class";
        return curve;
    }
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (truth[i] >= 0 && std::isnan(scores[i])) curve.obstacle = "a score is not a number";
    curve.positives = static_cast<double>(curve.points.back().true_positives);
    curve.negatives = static_cast<double>(curve.points.back().false_positives);
    if (curve.positives == 0) curve.obstacle = "no positive";
    return curve;
}

double precision_of(const RankingPoint& point) {
    return static_cast<double>(point.true_positives) / static_cast<double>(point.true_positives + point.false_positives);
}

}  // namespace

std::vector<RankingPoint> ranking_curve(std::span<const std::int32_t> truth, std::span<const double> scores) {
    LEXICELL_ASSERT(truth.size() == scores.size(), "one score a cell");
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (truth[i] >= 0 && !std::isnan(scores[i])) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::vector<RankingPoint> points;
    for (std::size_t n = 0; n < order.size(); ++n) {
        const std::size_t i = order[n];
        if (n == 0 || scores[i] != scores[order[n - 1]]) points.push_back(points.empty() ? RankingPoint{} : points.back());
        points.back().threshold = scores[i];
        ++(truth[i] > 0 ? points.back().true_positives : points.back().false_positives);
    }
    return points;
}

Score auroc(std::span<const std::int32_t> truth, std::span<const double> scores) {
    const Curve curve = curve_of(truth, scores);
    if (!curve.obstacle.empty()) return Score::not_available(curve.obstacle);
    if (curve.negatives == 0) return Score::not_available("no negative");
    double area = 0;
    RankingPoint before;
    for (const RankingPoint& point : curve.points) {
        area += static_cast<double>(point.false_positives - before.false_positives) *
                static_cast<double>(point.true_positives + before.true_positives) / 2;
        before = point;
    }
    return area / curve.positives / curve.negatives;
}

Score average_precision(std::span<const std::int32_t> truth, std::span<const double> scores) {
    const Curve curve = curve_of(truth, scores);
    if (!curve.obstacle.empty()) return Score::not_available(curve.obstacle);
    double sum = 0;
    std::int64_t before = 0;
    for (const RankingPoint& point : curve.points) {
        sum += static_cast<double>(point.true_positives - before) * precision_of(point);
        before = point.true_positives;
    }
    return sum / curve.positives;
}

Score precision_recall_area(std::span<const std::int32_t> truth, std::span<const double> scores) {
    const Curve curve = curve_of(truth, scores);
    if (!curve.obstacle.empty()) return Score::not_available(curve.obstacle);
    double sum = 0, precision = 1;
    std::int64_t before = 0;
    for (const RankingPoint& point : curve.points) {
        sum += static_cast<double>(point.true_positives - before) * (precision + precision_of(point)) / 2;
        precision = precision_of(point);
        before = point.true_positives;
    }
    return sum / curve.positives;
}

Score false_positive_rate_at(std::span<const std::int32_t> truth, std::span<const double> scores, double recall) {
    const Curve curve = curve_of(truth, scores);
    if (!curve.obstacle.empty()) return Score::not_available(curve.obstacle);
    if (curve.negatives == 0) return Score::not_available("no negative");
    for (const RankingPoint& point : curve.points)
        if (static_cast<double>(point.true_positives) >= recall * curve.positives) return static_cast<double>(point.false_positives) / curve.negatives;
    return 1.0;
}

Score multiclass_auroc(std::span<const std::int32_t> truth, const DenseMatrix& scores, ClassPairing pairing, ClassAverage average) {
    LEXICELL_ASSERT(scores.rows == static_cast<std::int64_t>(truth.size()), "one row of scores a cell");
    const auto classes = static_cast<std::int32_t>(scores.cols);
    if (classes < 2) return Score::not_available("fewer than two classes");
    std::vector<double> sizes(static_cast<std::size_t>(classes));
    for (const std::int32_t code : truth)
        if (code >= 0) ++sizes.at(static_cast<std::size_t>(code));
    for (std::int32_t c = 0; c < classes; ++c)
        if (sizes[c] == 0) return Score::not_available("class " + std::to_string(c) + " does not occur in the truth");

    // AUROC of class a by its own scores, against `rest` (a class, or every other one when below 0).
    const auto area = [&](std::int32_t a, std::int32_t rest) {
        std::vector<std::int32_t> positive(truth.size());
        std::vector<double> column(truth.size());
        for (std::size_t i = 0; i < truth.size(); ++i) {
            positive[i] = truth[i] == a ? 1 : truth[i] >= 0 && (rest < 0 || truth[i] == rest) ? 0 : -1;
            column[i] = scores(static_cast<std::int64_t>(i), a);
        }
        return auroc(positive, column);
    };
    double sum = 0, total = 0;
    for (std::int32_t a = 0; a < classes; ++a) {
        if (pairing == ClassPairing::one_vs_rest) {
            const Score score = area(a, -1);
            if (!score.available()) return score;
            const double weight = average == ClassAverage::weighted ? sizes[a] : 1;
            sum += weight * score.value, total += weight;
            continue;
        }
        for (std::int32_t b = 0; b < a; ++b) {
            const Score forward = area(a, b), backward = area(b, a);
            if (!forward.available()) return forward;
            const double weight = average == ClassAverage::weighted ? sizes[a] + sizes[b] : 1;
            sum += weight * (forward.value + backward.value) / 2, total += weight;
        }
    }
    return sum / total;
}

}  // namespace lexicell
