// What the reference libraries return on degenerate input, and where lexicell says NA or refuses instead (metrics.md 14).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/batch_silhouette.h"
#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/graph_connectivity.h"
#include "lexicell/metrics/isolated_labels.h"
#include "lexicell/metrics/kbet.h"
#include "lexicell/metrics/kbet_per_label.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/pc_regression.h"
#include "lexicell/metrics/ranking.h"
#include "lexicell/metrics/sample_tests.h"
#include "lexicell/metrics/silhouette.h"
#include "tests/metrics/neighbours.h"

namespace lexicell::testing_support {
namespace {

using Codes = std::vector<std::int32_t>;

class DegenerateMetrics : public testing::Test {
protected:
    void SetUp() override {
        const std::filesystem::path folder = golden_folder() / "metrics" / "degenerate";
        LEXICELL_NEEDS(folder);
        golden_ = load_golden_case(folder);
        const HostTensor& small = golden_->input("small");
        points_ = DenseMatrix(small.shape.at(0), small.shape.at(1));
        points_.values = small.to_float();
        graph_ = stored_neighbours(*golden_, 29, "small.");
        const auto read = [&](const std::string& name) {
            const std::vector<std::int64_t> wide = golden_->input(name).to_int64();
            return Codes(wide.begin(), wide.end());
        };
        const auto numbered = [&](int period) {
            Codes codes;
            for (std::int64_t i = 0; i < points_.rows; ++i) codes.push_back(static_cast<std::int32_t>(i % period));
            return codes;
        };
        labels_ = golden_->has("inputs", "small.labels") ? read("small.labels") : numbered(3);
        batches_ = golden_->has("inputs", "small.batch") ? read("small.batch") : numbered(2);
    }

    double reference(const std::string& name) const {
        const auto& value = golden_->description.at("results").at(name);
        return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    }
    void expect_same(const std::string& name, const Score& found) const { EXPECT_NEAR(found.value, reference(name), 1e-4) << name << " " << found.reason; }
    static void expect_none(const Score& found) {
        EXPECT_FALSE(found.available());
        EXPECT_FALSE(found.reason.empty());
    }
    Codes every_cell() const {
        Codes codes;
        for (std::int64_t i = 0; i < points_.rows; ++i) codes.push_back(static_cast<std::int32_t>(i));
        return codes;
    }
    Codes all_one() const { return Codes(static_cast<std::size_t>(points_.rows), 0); }
    // The graph of kBET and connectivity in these cases: all 30 stored neighbours.
    CsrMatrix connectivities() const { return umap_connectivities(graph_); }

    std::optional<GoldenCase> golden_;
    DenseMatrix points_;
    KnnGraph graph_;
    Codes labels_, batches_;
};

TEST_F(DegenerateMetrics, OneLabel) {
    const Codes one = all_one();
    EXPECT_THROW(silhouette(points_, one), Error);  // scib-metrics: 0.5
    expect_none(clisi_score(lisi(graph_, one, {.perplexity = 10}), one));
    expect_same("graph_connectivity.one_label", graph_connectivity(distance_matrix(graph_), one).score);
    expect_same("bras.one_label", batch_silhouette(points_, one, batches_).score);
    expect_same("silhouette_batch.one_label",
                batch_silhouette(points_, one, batches_, {.other = OtherBatches::nearest, .metric = KnnMetric::euclidean}).score);
    expect_same("kbet_per_label.one_label", kbet_diffusion_map(connectivities(), one, batches_).score);
}

TEST_F(DegenerateMetrics, EveryCellItsOwnLabel) {
    const Codes own = every_cell();
    EXPECT_THROW(silhouette(points_, own), Error);
    expect_none(batch_silhouette(points_, own, batches_).score);
    expect_none(kbet_diffusion_map(connectivities(), own, batches_).score);
    expect_same("graph_connectivity.every_cell_own_label", graph_connectivity(distance_matrix(graph_), own).score);
    expect_same("clisi.every_cell_own_label", clisi_score(lisi(graph_, own, {.perplexity = 10}), own));
}

TEST_F(DegenerateMetrics, OneBatchOrEveryCellItsOwn) {
    const Codes one = all_one(), own = every_cell();
    expect_none(batch_silhouette(points_, labels_, one).score);
    expect_none(ilisi_score(lisi(graph_, one, {.perplexity = 10}), one));
    expect_none(kbet(graph_, one).acceptance);  // scib-metrics: 0
    expect_none(kbet_diffusion_map(connectivities(), labels_, one).score);
    expect_none(pcr_comparison(pc_regression(points_, one), pc_regression(points_, one)));  // scib-metrics: 0
    expect_none(batch_silhouette(points_, labels_, own).score);
    expect_same("kbet.every_cell_own_batch", kbet(graph_, own).acceptance);
    expect_same("ilisi.every_cell_own_batch", ilisi_score(lisi(graph_, own, {.perplexity = 10}), own));
    expect_none(batch_silhouette(points_, labels_, labels_).score);
    expect_same("isolated_labels.one_batch", isolated_label_silhouette(silhouette_samples(points_, labels_), labels_, one));
    expect_none(isolated_label_silhouette(silhouette_samples(points_, labels_), labels_, one, {.none_if_everywhere = true}));
}

TEST_F(DegenerateMetrics, ConstantAndNanEmbeddings) {
    const DenseMatrix constant(points_.rows, points_.cols);
    EXPECT_EQ(silhouette(constant, labels_), 0);
    expect_none(pc_regression(constant, batches_));
    DenseMatrix broken = points_;
    broken(3, 1) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(silhouette(broken, labels_), Error);               // scib-metrics: 0.5
    EXPECT_THROW(batch_silhouette(broken, labels_, batches_), Error);  // scib-metrics: 0.75
    EXPECT_THROW(pc_regression(broken, batches_), Error);
}

TEST_F(DegenerateMetrics, Partitions) {
    const std::map<std::string, std::pair<Codes, Codes>> cases = {
        {"both_one_class", {{0, 0, 0}, {0, 0, 0}}}, {"truth_one_class", {{0, 0, 0, 0}, {0, 0, 1, 1}}}, {"clusters_one_class", {{0, 0, 1, 1}, {0, 0, 0, 0}}},
        {"all_singletons", {{0, 1, 2}, {0, 1, 2}}}, {"empty", {{}, {}}},                              {"one_cell", {{0}, {0}}}};
    for (const auto& [name, pair] : cases) {
        expect_same("ari." + name, adjusted_rand_index(pair.first, pair.second));
        expect_same("nmi." + name, normalized_mutual_information(pair.first, pair.second));
        expect_same("ami." + name, adjusted_mutual_information(pair.first, pair.second));
        expect_same("homogeneity." + name, homogeneity(pair.first, pair.second));
        expect_same("completeness." + name, completeness(pair.first, pair.second));
    }
}

TEST_F(DegenerateMetrics, Classification) {
    const std::map<std::string, std::pair<Codes, Codes>> cases = {
        {"one_class_both", {{0, 0, 0}, {0, 0, 0}}}, {"prediction_constant", {{0, 1, 2}, {0, 0, 0}}}, {"truth_constant", {{0, 0, 0}, {0, 1, 2}}}};
    for (const auto& [name, pair] : cases) {
        const ClassificationScores scores = classification_scores(pair.first, pair.second, 3);
        expect_same("macro_f1." + name, scores.macro_f1);
        expect_same("balanced_accuracy." + name, scores.balanced_accuracy);
        expect_same("mcc." + name, scores.matthews);
        if (name == "one_class_both") expect_none(scores.kappa);
        else expect_same("kappa." + name, scores.kappa);
    }
    expect_none(classification_scores({}, {}, 3).macro_f1);
    expect_none(calibration_error({}, DenseMatrix(0, 3)).ece);
}

TEST_F(DegenerateMetrics, RankingsAndTests) {
    const std::vector<double> scores = {0.1, 0.4, 0.3};
    expect_none(auroc(Codes{1, 1, 1}, scores));
    expect_none(average_precision(Codes{0, 0, 0}, scores));  // scikit-learn: 0 with a warning
    expect_same("auprc.all_positive", average_precision(Codes{1, 1, 1}, scores));
    expect_same("auroc.constant_score", auroc(Codes{0, 1, 1}, std::vector<double>(3, 0.5)));
    expect_same("auprc.constant_score", average_precision(Codes{0, 1, 1}, std::vector<double>(3, 0.5)));
    const std::vector<double> empty, flat = {2, 2, 2}, other = {3, 3};
    expect_none(rank_sums(scores, empty).p);
    expect_none(mann_whitney(scores, empty).p);
    expect_same("ranksums.all_equal", rank_sums(flat, flat).p);
    expect_same("mannwhitneyu.all_equal", mann_whitney(flat, flat).p);
    expect_none(welch_t(flat, flat).p);
    expect_same("ttest.zero_variance_different_mean", welch_t(flat, other).p);
}

}  // namespace
}  // namespace lexicell::testing_support
