// What every score must hold on any input, over at least 1,000 random cases each: the range, the names of classes do not
// count, the order of the cells does not count, and symmetric scores are symmetric.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "lexicell/graph/connectivities.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/batch_silhouette.h"
#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/correlation.h"
#include "lexicell/metrics/distribution_distances.h"
#include "lexicell/metrics/gene_imputation.h"
#include "lexicell/metrics/graph_connectivity.h"
#include "lexicell/metrics/graph_lisi.h"
#include "lexicell/metrics/isolated_labels.h"
#include "lexicell/metrics/kbet.h"
#include "lexicell/metrics/kbet_per_label.h"
#include "lexicell/metrics/kmeans.h"
#include "lexicell/metrics/label_mixing.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/metrics/matching.h"
#include "lexicell/metrics/multiple_testing.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/network_scores.h"
#include "lexicell/metrics/ontology_scores.h"
#include "lexicell/metrics/pc_regression.h"
#include "lexicell/metrics/ranking.h"
#include "lexicell/metrics/risk_coverage.h"
#include "lexicell/metrics/sample_tests.h"
#include "lexicell/metrics/sbee.h"
#include "lexicell/metrics/scgraph.h"
#include "lexicell/metrics/scib.h"
#include "lexicell/metrics/silhouette.h"
#include "lexicell/metrics/two_sample.h"
#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

constexpr int trials = 1000;

Cells some_cells(RandomStream& random, std::int64_t fewest = 12, std::uint64_t spread = 30) {
    const auto rows = fewest + static_cast<std::int64_t>(random.below(spread));
    return planted_cells(rows, static_cast<std::int64_t>(1 + random.below(4)), static_cast<std::int32_t>(1 + random.below(4)),
                         static_cast<std::int32_t>(1 + random.below(3)), static_cast<float>(4 * random.uniform()),
                         static_cast<float>(2 * random.uniform()), random);
}

Cells reordered(const Cells& cells, const std::vector<std::int64_t>& order) {
    return {.points = take_rows(cells.points, order), .labels = taken(cells.labels, order), .batches = taken(cells.batches, order)};
}

void expect_close(const Score& a, const Score& b, const std::string& what, double tolerance = 1e-9) {
    ASSERT_EQ(a.available(), b.available()) << what << ": " << a.reason << " | " << b.reason;
    if (a.available()) {
        EXPECT_NEAR(a.value, b.value, tolerance) << what;
    }
}

void expect_in(const Score& score, double low, double high, const std::string& what) {
    if (!score.available()) {
        EXPECT_FALSE(score.reason.empty()) << what;
        return;
    }
    EXPECT_GE(score.value, low - 1e-9) << what;
    EXPECT_LE(score.value, high + 1e-9) << what;
}

// A score of an embedding with labels and batches.
struct EmbeddingScore {
    std::string name;
    double low, high;
    std::function<Score(const Cells&, int threads)> of;
};

std::int64_t distinct(const Codes& codes) {
    Codes sorted = codes;
    std::sort(sorted.begin(), sorted.end());
    return std::unique(sorted.begin(), sorted.end()) - sorted.begin();
}

Score label_silhouette(const Cells& cells, int threads) {
    const std::int64_t labels = distinct(cells.labels);
    if (labels < 2 || labels >= cells.points.rows) return Score::not_available("too few or too many labels");
    return (silhouette(cells.points, cells.labels, threads) + 1) / 2;
}

const std::vector<EmbeddingScore>& embedding_scores() {
    static const std::vector<EmbeddingScore> scores = {
        {"silhouette", 0, 1, label_silhouette},
        {"bras", 0, 1, [](const Cells& c, int threads) { return batch_silhouette(c.points, c.labels, c.batches, {.threads = threads}).score; }},
        {"batch asw", 0, 1,
         [](const Cells& c, int threads) {
             return batch_silhouette(c.points, c.labels, c.batches, {.other = OtherBatches::nearest, .metric = KnnMetric::euclidean, .threads = threads}).score;
         }},
        {"isolated silhouette", 0, 1,
         [](const Cells& c, int threads) {
             if (!label_silhouette(c, threads).available()) return Score::not_available("too few labels");
             return isolated_label_silhouette(silhouette_samples(c.points, c.labels, threads), c.labels, c.batches);
         }},
        {"clisi", 0, 1,
         [](const Cells& c, int threads) { return clisi_score(lisi(knn(c.points, {.k = 9}), c.labels, {.perplexity = 3, .threads = threads}), c.labels); }},
        {"ilisi", 0, 1,
         [](const Cells& c, int threads) { return ilisi_score(lisi(knn(c.points, {.k = 9}), c.batches, {.perplexity = 3, .threads = threads}), c.batches); }},
        {"graph lisi", 0, 1,
         [](const Cells& c, int threads) {
             return clisi_score(graph_lisi(umap_connectivities(knn(c.points, {.k = 4})), c.labels, c.batches, {.nodes = 9, .threads = threads}).labels, c.labels);
         }},
        {"kbet", 0, 1, [](const Cells& c, int threads) { return kbet(knn(c.points, {.k = 7}), c.batches, {.threads = threads}).acceptance; }},
        {"kbet by walks", 0, 1,
         [](const Cells& c, int threads) { return kbet_walks(umap_connectivities(knn(c.points, {.k = 7})), c.labels, c.batches, {.threads = threads}).score; }},
        {"graph connectivity", 0, 1,
         [](const Cells& c, int) { return graph_connectivity(umap_connectivities(knn(c.points, {.k = 3})), c.labels).score; }},
        {"directed graph connectivity", 0, 1, [](const Cells& c, int) { return graph_connectivity(distance_matrix(knn(c.points, {.k = 3})), c.labels).score; }},
        {"pc regression", 0, 1, [](const Cells& c, int) { return pc_regression(c.points, c.batches); }},
        {"pc regression, two components", 0, 1, [](const Cells& c, int) { return pc_regression(c.points, c.batches, 2); }},
        {"sbee", 0, 1, [](const Cells& c, int threads) { return sbee(c.points, c.labels, c.batches, {.neighbours = 8, .threads = threads}); }},
        {"cilisi", 0, 1,
         [](const Cells& c, int threads) { return cilisi(c.points, c.labels, c.batches, {.label_cells = 5, .perplexity = 3, .threads = threads}).label_means; }},
        {"ksim", 0, 1, [](const Cells& c, int) { return ksim(knn(c.points, {.k = 9}), c.labels, 9).similarity; }},
        {"scgraph", -1, 1,
         [](const Cells& c, int) { return scgraph(c.points, c.points, c.labels, c.batches, {.label_cells = 2, .batch_cells = 4}).corr_weighted; }},
        {"average precision of neighbours", 0, 1, [](const Cells& c, int) { return neighbour_average_precision(knn(c.points, {.k = 5}), c.labels); }},
    };
    return scores;
}

TEST(Properties, EmbeddingScores) {
    RandomStream random(101);
    for (int trial = 0; trial < trials; ++trial) {
        const Cells cells = some_cells(random);
        const Cells permuted = reordered(cells, random_permutation(cells.points.rows, random));
        Cells other_names = cells;
        other_names.labels = renamed(cells.labels, random);
        other_names.batches = renamed(cells.batches, random);
        for (const EmbeddingScore& score : embedding_scores()) {
            const Score found = score.of(cells, 1);
            expect_in(found, score.low, score.high, score.name);
            expect_close(found, score.of(permuted, 1), score.name + ", permuted");
            expect_close(found, score.of(other_names, 1), score.name + ", renamed");
        }
        if (trial % 20) continue;
        for (const EmbeddingScore& score : embedding_scores()) {
            const Score one = score.of(cells, 1), two = score.of(cells, 2);
            EXPECT_TRUE(one.value == two.value || (std::isnan(one.value) && std::isnan(two.value))) << score.name << ", two threads";
        }
    }
}

TEST(Properties, KbetOnDiffusionMaps) {  // the component count is carried in code order, so that names may count
    RandomStream random(102);
    for (int trial = 0; trial < trials; ++trial) {
        const Cells cells = some_cells(random, 20);
        const CsrMatrix graph = umap_connectivities(knn(cells.points, {.k = 7}));
        const KbetPerLabelOptions options{.carry_component_count = false};
        const Score found = kbet_diffusion_map(graph, cells.labels, cells.batches, options).score;
        expect_in(found, 0, 1, "kbet");
        expect_close(found, kbet_diffusion_map(graph, renamed(cells.labels, random), renamed(cells.batches, random), options).score, "kbet, renamed");
    }
}

TEST(Properties, PartitionsAreBlindToOrder) {
    RandomStream random(103);
    for (int trial = 0; trial < trials; ++trial) {
        const auto size = static_cast<std::int64_t>(1 + random.below(40));
        const Codes a = random_codes(size, 1 + random.below(6), random), b = random_codes(size, 1 + random.below(6), random);
        const std::vector<std::int64_t> order = random_permutation(size, random);
        const Codes pa = taken(a, order), pb = taken(b, order);
        EXPECT_NEAR(normalized_mutual_information(a, b), normalized_mutual_information(pa, pb), 1e-12);
        EXPECT_NEAR(normalized_mutual_information(a, b), normalized_mutual_information(b, a), 1e-12);
        EXPECT_NEAR(adjusted_mutual_information(a, b), adjusted_mutual_information(pb, pa), 1e-9);
        EXPECT_NEAR(adjusted_rand_index(a, b), adjusted_rand_index(pb, pa), 1e-12);
    }
}

TEST(Properties, KmeansDoesNotDependOnTheOrderOfCells) {
    RandomStream random(104);
    for (int trial = 0; trial < trials; ++trial) {
        const Cells cells = some_cells(random);
        const std::vector<std::int64_t> order = random_permutation(cells.points.rows, random);
        const KmeansOptions options{.clusters = static_cast<std::int32_t>(1 + random.below(6)), .seed = static_cast<std::uint64_t>(trial)};
        const Kmeans found = kmeans(cells.points, options);
        EXPECT_EQ(taken(found.membership, order), kmeans(take_rows(cells.points, order), options).membership);
        double inertia = 0;
        for (std::int64_t i = 0; i < cells.points.rows; ++i)
            for (std::int64_t d = 0; d < cells.points.cols; ++d)
                inertia += std::pow(cells.points(i, d) - found.centres(found.membership[i], d), 2);
        EXPECT_NEAR(found.inertia, inertia, 1e-3 + 1e-4 * inertia);
    }
}

TEST(Properties, Classification) {
    RandomStream random(105);
    for (int trial = 0; trial < trials; ++trial) {
        const auto size = static_cast<std::int64_t>(1 + random.below(40));
        const auto classes = static_cast<std::int32_t>(1 + random.below(6));
        Codes truth = random_codes(size, static_cast<std::uint64_t>(classes), random), predicted = random_codes(size, static_cast<std::uint64_t>(classes), random);
        const ClassificationScores found = classification_scores(truth, predicted, classes);
        for (const Score& score : {found.macro_f1, found.macro_f1_true_classes, found.macro_precision, found.macro_recall, found.weighted_f1, found.accuracy,
                                   found.balanced_accuracy})
            expect_in(score, 0, 1, "classification");
        expect_in(found.matthews, -1, 1, "matthews");
        expect_in(found.kappa, -1, 1, "kappa");
        const std::vector<std::int64_t> order = random_permutation(size, random), names = random_permutation(classes, random);
        Codes renamed_truth = taken(truth, order), renamed_predicted = taken(predicted, order);
        for (Codes* codes : {&renamed_truth, &renamed_predicted})
            for (std::int32_t& code : *codes) code = static_cast<std::int32_t>(names[code]);
        const ClassificationScores other = classification_scores(renamed_truth, renamed_predicted, classes);
        expect_close(found.macro_f1, other.macro_f1, "macro F1");
        expect_close(found.balanced_accuracy, other.balanced_accuracy, "balanced accuracy");
        expect_close(found.matthews, other.matthews, "matthews");
        expect_close(found.kappa, other.kappa, "kappa");
        // Truth and prediction exchanged: precision and recall change places, F1 stays.
        const ClassificationScores exchanged = classification_scores(predicted, truth, classes);
        expect_close(found.macro_f1, exchanged.macro_f1, "exchanged macro F1");
        expect_close(found.macro_precision, exchanged.macro_recall, "exchanged precision");
        EXPECT_EQ(classification_scores(truth, truth, classes).macro_f1.value, 1);
    }
}

TEST(Properties, Rankings) {
    RandomStream random(106);
    for (int trial = 0; trial < trials; ++trial) {
        const auto size = static_cast<std::int64_t>(1 + random.below(40));
        const Codes truth = random_codes(size, 2, random);
        std::vector<double> scores, negated, monotone;
        for (std::int64_t i = 0; i < size; ++i) {
            scores.push_back(static_cast<double>(random.below(12)));
            negated.push_back(-scores.back());
            monotone.push_back(std::exp(scores.back() / 3));
        }
        const std::vector<std::int64_t> order = random_permutation(size, random);
        using Function = Score (*)(std::span<const std::int32_t>, std::span<const double>);
        for (const Function function : {Function(auroc), Function(average_precision), Function(precision_recall_area)}) {
            const Score found = function(truth, scores);
            expect_in(found, 0, 1, "ranking");
            expect_close(found, function(truth, monotone), "monotone");
            expect_close(found, function(taken(truth, order), taken(scores, order)), "permuted");
        }
        const Score area = auroc(truth, scores), opposite = auroc(truth, negated);
        if (area.available()) {
            EXPECT_NEAR(area.value + opposite.value, 1, 1e-12);
        }
        expect_in(false_positive_rate_at(truth, scores), 0, 1, "fpr95");
        const RiskCoverage curve = risk_coverage(truth, scores);
        expect_in(curve.aurc, 0, 1, "aurc");
        EXPECT_NEAR(curve.points.back().coverage, 1, 1e-12);
        expect_close(curve.aurc, risk_coverage(taken(truth, order), taken(monotone, order)).aurc, "aurc, permuted");
    }
}

TEST(Properties, Calibration) {
    RandomStream random(107);
    for (int trial = 0; trial < trials; ++trial) {
        const auto size = static_cast<std::int64_t>(1 + random.below(30)), classes = static_cast<std::int64_t>(2 + random.below(4));
        const DenseMatrix logits = random_points(size, classes, random), p = scaled_softmax(logits, 0.2 + random.uniform());
        const Codes truth = random_codes(size, static_cast<std::uint64_t>(classes), random);
        const CalibrationError found = calibration_error(truth, p);
        expect_in(found.ece, 0, found.maximum.value, "ece");
        expect_in(found.maximum, 0, 1, "mce");
        expect_in(brier_score(truth, p), 0, 2, "brier");
        expect_in(log_loss(truth, p), 0, 1e6, "log loss");
        const std::vector<std::int64_t> order = random_permutation(size, random);
        expect_close(found.ece, calibration_error(taken(truth, order), take_rows(p, order)).ece, "permuted");
        const Score temperature = fit_temperature(truth, logits);
        if (temperature.available()) {
            EXPECT_LE(log_loss(truth, scaled_softmax(logits, temperature.value)).value, log_loss(truth, scaled_softmax(logits)).value + 1e-6);
        }
        for (std::int64_t i = 0; i < size; ++i) {
            double sum = 0;
            for (const float value : p.row(i)) sum += value;
            EXPECT_NEAR(sum, 1, 1e-5);
        }
    }
}

TEST(Properties, OntologyScoresLieBetweenNoneAndAll) {
    RandomStream random(108);
    for (int trial = 0; trial < trials; ++trial) {
        const auto classes = static_cast<std::int32_t>(2 + random.below(8));
        std::vector<std::vector<std::int32_t>> parents(static_cast<std::size_t>(classes)), none(parents);
        for (std::int32_t c = 1; c < classes; ++c) parents[c].push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(c))));
        const Codes truth = random_codes(30, static_cast<std::uint64_t>(classes), random), predicted = random_codes(30, static_cast<std::uint64_t>(classes), random);
        const OntologyScores found = ontology_scores(truth, predicted, parents);
        for (const Score& score : {found.accuracy, found.precision, found.recall, found.f1}) expect_in(score, 0, 1, "ontology");
        const Score plain = classification_scores(truth, predicted, classes).accuracy;
        EXPECT_GE(found.accuracy.value, plain.value - 1e-12);
        const OntologyScores flat = ontology_scores(truth, predicted, none);
        EXPECT_NEAR(flat.accuracy.value, plain.value, 1e-12);
        EXPECT_NEAR(flat.f1.value, plain.value, 1e-12);
        const OntologyScores exchanged = ontology_scores(predicted, truth, parents);
        EXPECT_NEAR(found.precision.value, exchanged.recall.value, 1e-12);
        EXPECT_NEAR(found.distance.value, exchanged.distance.value, 1e-12);
    }
}

TEST(Properties, CorrelationsAndDistances) {
    RandomStream random(109);
    for (int trial = 0; trial < trials; ++trial) {
        const std::size_t size = 2 + random.below(30);
        std::vector<double> x, y, positive_x, positive_y, moved;
        for (std::size_t i = 0; i < size; ++i) {
            x.push_back(static_cast<double>(random.below(9)));
            y.push_back(random.normal());
            moved.push_back(3 * x.back() - 7);
            positive_x.push_back(random.uniform());
            positive_y.push_back(random.uniform());
        }
        using Function = Correlation (*)(std::span<const double>, std::span<const double>);
        for (const Function function : {Function(pearson), Function(spearman), Function(kendall)}) {
            const Correlation found = function(x, y);
            expect_in(found.coefficient, -1, 1, "correlation");
            expect_in(found.p, 0, 1, "p");
            expect_close(found.coefficient, function(y, x).coefficient, "symmetric");
            expect_close(found.coefficient, function(moved, y).coefficient, "moved and stretched");
        }
        expect_in(jensen_shannon_distance(positive_x, positive_y, 2), 0, 1, "jensen-shannon");
        expect_close(jensen_shannon_distance(positive_x, positive_y), jensen_shannon_distance(positive_y, positive_x), "jensen-shannon");
        expect_in(wasserstein_distance(x, y), 0, 1e9, "wasserstein");
        expect_close(wasserstein_distance(x, y), wasserstein_distance(y, x), "wasserstein");
        expect_close(energy_distance_1d(x, y), energy_distance_1d(y, x), "energy");
        EXPECT_EQ(wasserstein_distance(x, x).value, 0);
        const ImputationScores scores = imputation_scores(positive_x, positive_y), back = imputation_scores(positive_y, positive_x);
        expect_in(scores.ssim, -1, 1, "ssim");
        expect_in(scores.rmse, 0, 2, "rmse");
        expect_in(scores.jensen_shannon, 0, std::log(2), "js");
        expect_close(scores.ssim, back.ssim, "ssim");
        const std::vector<double> q = holm(positive_x), b = bonferroni(positive_x), by = benjamini_yekutieli(positive_x);
        for (std::size_t i = 0; i < size; ++i) {
            EXPECT_GE(q[i], positive_x[i]);
            EXPECT_LE(q[i], b[i]);
            EXPECT_LE(by[i], 1);
        }
    }
}

TEST(Properties, TestsOfTwoSamples) {
    RandomStream random(110);
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<double> x, y;
        for (std::size_t i = 0; i < 2 + random.below(15); ++i) x.push_back(static_cast<double>(random.below(20)));
        for (std::size_t i = 0; i < 2 + random.below(15); ++i) y.push_back(static_cast<double>(random.below(20)));
        using Function = TestResult (*)(std::span<const double>, std::span<const double>);
        for (const Function function : {Function(rank_sums), Function(welch_t), Function(student_t), Function(kolmogorov_smirnov)}) {
            expect_in(function(x, y).p, 0, 1, "p");
            expect_close(function(x, y).p, function(y, x).p, "symmetric");
        }
        const double greater = mann_whitney(x, y, {.alternative = Alternative::greater}).p.value;
        EXPECT_NEAR(greater, mann_whitney(y, x, {.alternative = Alternative::less}).p.value, 1e-12);
        expect_close(mann_whitney(x, y).p, mann_whitney(y, x).p, "mann-whitney");
        EXPECT_NEAR(mann_whitney(x, y).statistic.value + mann_whitney(y, x).statistic.value, static_cast<double>(x.size() * y.size()), 1e-9);
        const auto a = static_cast<std::int64_t>(random.below(9)), b = static_cast<std::int64_t>(random.below(9)), c = static_cast<std::int64_t>(random.below(9)),
                   d = static_cast<std::int64_t>(random.below(9));
        expect_in(fisher_exact(a, b, c, d).p, 0, 1, "fisher");
        expect_close(fisher_exact(a, b, c, d).p, fisher_exact(a, c, b, d).p, "fisher, transposed");
        expect_close(fisher_exact(a, b, c, d, Alternative::greater).p, fisher_exact(b, a, d, c, Alternative::less).p, "fisher, exchanged");
    }
}

TEST(Properties, DistancesOfTwoGroups) {
    RandomStream random(111);
    for (int trial = 0; trial < trials; ++trial) {
        const DenseMatrix x = random_points(static_cast<std::int64_t>(2 + random.below(10)), 3, random);
        const DenseMatrix y = random_points(static_cast<std::int64_t>(2 + random.below(10)), 3, random);
        const DenseMatrix shuffled = take_rows(x, random_permutation(x.rows, random));
        expect_in(energy_distance(x, y, {.self_pairs = true}), 0, 1e9, "energy");
        expect_in(mean_discrepancy(x, y, {.self_pairs = true}), 0, 2, "mmd");
        for (const bool self : {true, false}) {
            expect_close(energy_distance(x, y, {.self_pairs = self}), energy_distance(y, shuffled, {.self_pairs = self}), "energy", 1e-8);
            expect_close(mean_discrepancy(x, y, {.self_pairs = self}), mean_discrepancy(y, shuffled, {.self_pairs = self}), "mmd", 1e-8);
        }
        EXPECT_NEAR(energy_distance(x, shuffled, {.self_pairs = true}).value, 0, 1e-9);
        const DenseMatrix partner = random_points(x.rows, 3, random);
        expect_in(foscttm(x, partner), 0, 1, "foscttm");
        expect_close(foscttm(x, partner), foscttm(partner, x), "foscttm");
    }
}

TEST(Properties, NetworksAreBlindToGeneNamesAndOrder) {
    RandomStream random(112);
    for (int trial = 0; trial < trials; ++trial) {
        const std::uint64_t genes = 3 + random.below(6);
        const auto edges = [&](std::uint64_t count) {
            std::vector<Edge> out;
            for (std::uint64_t e = 0; e < count; ++e)
                out.push_back({static_cast<std::int64_t>(random.below(genes)), static_cast<std::int64_t>(random.below(genes)), static_cast<double>(random.below(7)) - 3});
            return out;
        };
        const std::vector<Edge> truth = edges(1 + random.below(10)), predicted = edges(random.below(20));
        const std::vector<std::int64_t> names = random_permutation(static_cast<std::int64_t>(genes), random);
        const auto other = [&](std::vector<Edge> list) {
            shuffle(std::span(list), random);
            for (Edge& edge : list) edge.source = names[edge.source], edge.target = names[edge.target];
            return list;
        };
        const NetworkScores a = network_scores(predicted, truth), b = network_scores(other(predicted), other(truth));
        expect_in(a.auprc, 0, 1, "auprc");
        expect_in(a.early_precision, 0, 1, "early precision");
        expect_close(a.auprc, b.auprc, "auprc");
        expect_close(a.auroc, b.auroc, "auroc");
        expect_close(a.early_precision_ratio, b.early_precision_ratio, "epr");
    }
}

TEST(Properties, ScibTablesNeverHideAMissingValue) {
    RandomStream random(113);
    for (int trial = 0; trial < trials; ++trial) {
        const Cells cells = some_cells(random);
        const ScibOptions options{.profile = trial % 2 ? ScibProfile::scib_2022 : ScibProfile::scib_metrics_0_6, .before = &cells.points};
        const ScibTable table = scib_metrics(cells.points, cells.labels, cells.batches, options);
        int available = 0;
        for (const ScibRow& row : table.rows) {
            EXPECT_EQ(row.scaled.available(), row.scaled.reason.empty()) << row.name;
            expect_in(row.scaled, row.name.ends_with("ari") ? -0.5 : 0, 1, row.name);
            available += row.in_total && row.scaled.available();
        }
        EXPECT_EQ(table.totals.available, available);
        EXPECT_EQ(table.totals.label().empty(), available == table.totals.rows);
    }
}

}  // namespace
}  // namespace lexicell
