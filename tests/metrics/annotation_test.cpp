#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/novelty.h"
#include "lexicell/metrics/ontology_scores.h"
#include "lexicell/metrics/ranking.h"
#include "lexicell/metrics/rejection.h"
#include "lexicell/metrics/risk_coverage.h"
#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

// Cells whose class is drawn from softmax(logits): perfectly calibrated at temperature 1.
struct Calibrated {
    DenseMatrix logits;
    Codes truth;
};

Calibrated calibrated(std::int64_t cells, std::int64_t classes, std::uint64_t seed) {
    RandomStream random(seed);
    Calibrated out{.logits = random_points(cells, classes, random)};
    for (float& z : out.logits.values) z *= 2;
    const DenseMatrix p = scaled_softmax(out.logits);
    for (std::int64_t i = 0; i < cells; ++i) {
        double left = random.uniform();
        std::int32_t code = 0;
        while (code + 1 < classes && left >= p(i, code)) left -= p(i, code++);
        out.truth.push_back(code);
    }
    return out;
}

TEST(Temperature, RecoversAPlantedOne) {
    for (const double planted : {0.5, 1.0, 3.0}) {
        Calibrated cells = calibrated(20000, 4, 1);
        for (float& z : cells.logits.values) z *= static_cast<float>(planted);
        const Score found = fit_temperature(cells.truth, cells.logits);
        EXPECT_NEAR(found.value / planted, 1, 0.05);
        EXPECT_LT(calibration_error(cells.truth, scaled_softmax(cells.logits, found.value)).ece.value, 0.015);
        if (planted != 1) {
            EXPECT_GT(calibration_error(cells.truth, scaled_softmax(cells.logits)).ece.value, 0.05);
        }
        for (const double other : {0.9, 1.1})  // the log loss is smallest there
            EXPECT_LT(log_loss(cells.truth, scaled_softmax(cells.logits, found.value)).value,
                      log_loss(cells.truth, scaled_softmax(cells.logits, found.value * other)).value);
    }
    DenseMatrix sure(2, 2);
    sure.values = {1, 0, 0, 1};
    EXPECT_FALSE(fit_temperature(Codes{0, 1}, sure).available());
    EXPECT_FALSE(fit_temperature(Codes{1, 0}, sure).available());
    EXPECT_FALSE(fit_temperature(Codes{-1, -1}, sure).available());
}

TEST(CalibrationError, OfThreeCells) {
    DenseMatrix p(3, 2);
    p.values = {0.9f, 0.1f, 0.85f, 0.15f, 1, 0};
    const CalibrationError found = calibration_error(Codes{0, 1, 0}, p, 5);
    EXPECT_EQ(found.bins[4].cells, 2);  // 0.8 to 1
    EXPECT_EQ(found.bins[5].cells, 1);  // exactly 1
    EXPECT_NEAR(found.ece.value, 2.0 / 3 * std::abs(0.5 - 0.875), 1e-6);
    EXPECT_NEAR(brier_score(Codes{0, 1, 0}, p).value, (2 * 0.01 + 2 * 0.7225) / 3, 1e-6);
}

TEST(RiskCoverage, OfFourCells) {
    const RiskCoverage curve = risk_coverage(Codes{1, 0, 1, 1}, std::vector<double>{0.9, 0.5, 0.8, 0.5});
    ASSERT_EQ(curve.points.size(), 3u);
    EXPECT_NEAR(curve.aurc.value, 0.5 * 0.25, 1e-12);
    EXPECT_NEAR(accuracy_at_coverage(curve, 0.5).value, 1, 1e-12);
    EXPECT_NEAR(accuracy_at_coverage(curve, 0.6).value, 0.75, 1e-12);
    EXPECT_FALSE(risk_coverage(Codes{}, {}).aurc.available());
}

TEST(RiskCoverage, FallsWithCoverageForCalibratedCells) {
    const Calibrated cells = calibrated(20000, 4, 7);
    const DenseMatrix p = scaled_softmax(cells.logits);
    Codes correct;
    std::vector<double> confidence = unsureness(p);
    for (std::int64_t i = 0; i < p.rows; ++i) {
        correct.push_back(std::max_element(p.row(i).begin(), p.row(i).end()) - p.row(i).begin() == cells.truth[i]);
        confidence[i] = 1 - confidence[i];
    }
    const RiskCoverage curve = risk_coverage(correct, confidence);
    double before = 1;
    for (const double coverage : {0.2, 0.4, 0.6, 0.8, 1.0}) {
        const double accuracy = accuracy_at_coverage(curve, coverage).value;
        EXPECT_LT(accuracy, before);
        before = accuracy;
    }
    EXPECT_LT(curve.aurc.value, 1 - before);
}

TEST(Rejection, ByThresholdAndVote) {
    EXPECT_EQ(reject_below(Codes{3, 1, 2}, std::vector<double>{0.5, 0.49, std::nan("")}), (Codes{3, -1, -1}));
    EXPECT_EQ(majority_vote(Codes{1, 1, 2, 0, 5, 4}, Codes{0, 0, 0, 1, 1, -1}), (Codes{1, 1, 1, 0, 0, 4}));
    EXPECT_EQ(majority_vote(Codes{1, 1, 2, 0, 5, 4}, Codes{0, 0, 0, 1, 1, -1}, 0.6), (Codes{1, 1, 1, -1, -1, 4}));
    const ClassificationScores scores = classification_scores(Codes{0, 0, 1}, Codes{0, -1, 1}, 2);
    EXPECT_NEAR(scores.accuracy.value, 2.0 / 3, 1e-12);
    EXPECT_EQ(scores.unassigned[0], 1);
    EXPECT_NEAR(scores.classes[0].recall, 0.5, 1e-12);
}

TEST(OntologyScores, OfASmallTree) {
    // 0 cell - 1 lymphocyte - 2 T cell - {3 CD4, 4 CD8}; 5 monocyte under 0; 6 stands alone
    const std::vector<std::vector<std::int32_t>> parents = {{}, {0}, {1}, {2}, {2}, {0}, {}};
    const OntologyScores found = ontology_scores(Codes{2, 2, 3, 3}, Codes{2, 3, 2, 4}, parents);
    EXPECT_NEAR(found.accuracy.value, 0.5, 1e-12);  // equal, descendant; not parent, not sibling
    EXPECT_NEAR(found.precision.value, (3.0 + 3 + 3 + 3) / (3 + 4 + 3 + 4), 1e-12);
    EXPECT_NEAR(found.recall.value, (3.0 + 3 + 3 + 3) / (3 + 3 + 4 + 4), 1e-12);
    EXPECT_NEAR(found.distance.value, (0 + 1 + 1 + 2) / 4.0, 1e-12);
    const OntologyScores apart = ontology_scores(Codes{2, -1, 5}, Codes{6, 0, -1}, parents);
    EXPECT_EQ(apart.accuracy.value, 0);
    EXPECT_EQ(apart.unjoined, 2);
    EXPECT_FALSE(apart.distance.available());
    EXPECT_FALSE(ontology_scores(Codes{}, Codes{}, parents).f1.available());
}

TEST(Novelty, SeesAKindThatLiesApart) {
    RandomStream random(5);
    DenseMatrix points = random_points(200, 4, random);
    Codes is_new(200, 0);
    for (std::int64_t i = 150; i < 200; ++i) points(i, 0) += 20, is_new[i] = 1;
    const NoveltyScores apart = novelty_scores(is_new, nearest_distance(points, random_points(300, 4, random)));
    EXPECT_EQ(apart.auroc.value, 1);
    EXPECT_EQ(apart.fpr95.value, 0);
    EXPECT_EQ(apart.chance_auprc, 0.25);
    std::vector<double> noise;
    for (int i = 0; i < 200; ++i) noise.push_back(random.uniform());
    const NoveltyScores blind = novelty_scores(is_new, noise);
    EXPECT_NEAR(blind.auroc.value, 0.5, 0.1);
    EXPECT_GT(blind.fpr95.value, 0.8);
    DenseMatrix logits(1, 2);
    logits.values = {1, 3};
    EXPECT_NEAR(energy(logits)[0], -std::log(std::exp(1) + std::exp(3)), 1e-12);
    EXPECT_NEAR(energy(logits, 2)[0], -2 * std::log(std::exp(0.5) + std::exp(1.5)), 1e-12);
    EXPECT_NEAR(false_positive_rate_at(Codes{1, 0, 1, 0}, std::vector<double>{4, 3, 2, 1}).value, 0.5, 1e-12);
}

}  // namespace
}  // namespace lexicell
