// The reference numbers of scikit-learn, scipy and scib-metrics, case by case.

#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "lexicell/graph/connectivities.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/batch_silhouette.h"
#include "lexicell/metrics/benjamini_hochberg.h"
#include "lexicell/metrics/calibration.h"
#include "lexicell/metrics/calinski_harabasz.h"
#include "lexicell/metrics/classification.h"
#include "lexicell/metrics/correlation.h"
#include "lexicell/metrics/davies_bouldin.h"
#include "lexicell/metrics/distribution_distances.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/graph_connectivity.h"
#include "lexicell/metrics/isolated_labels.h"
#include "lexicell/metrics/kbet.h"
#include "lexicell/metrics/kbet_per_label.h"
#include "lexicell/metrics/kmeans.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/metrics/multiple_testing.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/pc_regression.h"
#include "lexicell/metrics/ranking.h"
#include "lexicell/metrics/resolution_sweep.h"
#include "lexicell/metrics/sample_tests.h"
#include "lexicell/metrics/silhouette.h"
#include "lexicell/metrics/two_sample.h"
#include "tests/metrics/neighbours.h"

namespace lexicell::testing_support {
namespace {

std::vector<std::int32_t> codes(const HostTensor& tensor) {
    const std::vector<std::int64_t> wide = tensor.to_int64();
    return {wide.begin(), wide.end()};
}

DenseMatrix dense(const HostTensor& tensor) {
    DenseMatrix matrix(tensor.shape.at(0), tensor.shape.at(1));
    matrix.values = tensor.to_float();
    return matrix;
}

void compare_partitions(const GoldenCase& golden, Comparison& compare) {
    const std::vector<std::int32_t> labels = codes(golden.input("labels"));
    for (const auto& [key, tensor] : golden.files.at("inputs")) {
        if (!key.starts_with("clusters.")) continue;
        const std::vector<std::int32_t> clusters = codes(tensor);
        const std::string name = "value." + key.substr(std::string("clusters.").size()) + ".";
        const auto nmi = [&](EntropyAverage average) { return normalized_mutual_information(labels, clusters, average); };
        compare.check_value(name + "ari", adjusted_rand_index(labels, clusters));
        compare.check_value(name + "rand", rand_index(labels, clusters));
        compare.check_value(name + "fowlkes_mallows", fowlkes_mallows_index(labels, clusters));
        compare.check_value(name + "mutual_info", mutual_information(labels, clusters));
        compare.check_value(name + "nmi", nmi(EntropyAverage::arithmetic));
        compare.check_value(name + "v_measure", nmi(EntropyAverage::arithmetic));  // the same number by another name
        compare.check_value(name + "nmi_geometric", nmi(EntropyAverage::geometric));
        compare.check_value(name + "nmi_min", nmi(EntropyAverage::minimum));
        compare.check_value(name + "nmi_max", nmi(EntropyAverage::maximum));
        compare.check_value(name + "ami", adjusted_mutual_information(labels, clusters));
        compare.check_value(name + "homogeneity", homogeneity(labels, clusters));
        compare.check_value(name + "completeness", completeness(labels, clusters));
    }
    // The case asks that clusterings of another random generator come within 0.05 of the reference's scores.
    const GoldenCase embedding = load_golden_case(golden.folder.parent_path() / "embedding");
    const auto near = [&](const std::string& name, double found) {
        EXPECT_NEAR(found, golden.output(name).to_double().at(0), 0.05) << name;
        compare.leave(name, "compared within 0.05, as the case says");
    };
    const Kmeans found = kmeans(dense(embedding.input("after")), {.clusters = 8});
    near("value.scib.kmeans.nmi", normalized_mutual_information(labels, found.membership));
    near("value.scib.kmeans.ari", adjusted_rand_index(labels, found.membership));
    const CsrMatrix graph = umap_connectivities(stored_neighbours(embedding, 14));
    const ResolutionSweepResult sweep = resolution_sweep(graph, labels, {.resolutions = resolution_range(0.2, 2.0, 0.2), .seed = 42, .threads = 2});
    near("value.scib.leiden.nmi", sweep.rows[sweep.best].nmi);
    near("value.scib.leiden.ari", sweep.rows[sweep.best].ari);
    near("value.scib.leiden1.nmi", sweep.rows[4].nmi);
    near("value.scib.leiden1.ari", sweep.rows[4].ari);
}

void compare_silhouettes(const GoldenCase& golden, Comparison& compare) {
    const DenseMatrix after = dense(golden.input("after")), before = dense(golden.input("before"));
    const std::vector<std::int32_t> labels = codes(golden.input("labels")), batches = codes(golden.input("batch"));
    const std::vector<double> widths = silhouette_samples(after, labels, 2);
    const double mean = silhouette(after, labels);
    compare.check("silhouette_cell", widths, {after.rows});
    compare.check("scib.silhouette_cell", widths, {after.rows});
    compare.check("silhouette_cell_cosine", silhouette_samples(after, labels, 2, KnnMetric::cosine), {after.rows});
    compare.check_value("value.silhouette_global", mean);
    compare.check_value("value.silhouette_label_raw", mean);
    compare.check_value("value.silhouette_label", (mean + 1) / 2);
    compare.check_value("value.silhouette_label_before", (silhouette(before, labels) + 1) / 2);
    compare.check_value("value.davies_bouldin", davies_bouldin(after, labels));
    compare.check_value("value.calinski_harabasz", calinski_harabasz(after, labels));
    const BatchSilhouetteOptions nearest{.other = OtherBatches::nearest, .metric = KnnMetric::euclidean};
    compare.check_value("value.silhouette_batch", batch_silhouette(after, labels, batches, nearest).score.value);
    compare.check_value("value.silhouette_batch_before", batch_silhouette(before, labels, batches, nearest).score.value);
    compare.check_value("value.silhouette_batch_not_rescaled", batch_silhouette(after, labels, batches, nearest).unscaled.value);
    compare.check_value("value.bras", batch_silhouette(after, labels, batches).score.value);
    compare.check_value("value.bras_before", batch_silhouette(before, labels, batches).score.value);
    compare.check_value("value.bras_furthest", batch_silhouette(after, labels, batches, {.other = OtherBatches::furthest}).score.value);
    compare.check_value("value.isolated_labels", isolated_label_silhouette(widths, labels, batches).value);
    compare.check_value("value.isolated_labels_threshold1", isolated_label_silhouette(widths, labels, batches, {.most_batches = 1}).value);
}

void compare_neighbourhoods(const GoldenCase& golden, Comparison& compare) {
    const std::vector<std::int32_t> labels = codes(golden.input("labels")), batches = codes(golden.input("batch"));
    const auto cells = static_cast<std::int64_t>(labels.size());
    const KnnGraph graph = stored_neighbours(golden, 89);
    const std::vector<double> by_label = lisi(graph, labels, {.threads = 2}), by_batch = lisi(graph, batches);
    compare.check("lisi_label_cell", by_label, {cells});
    compare.check("lisi_batch_cell", by_batch, {cells});
    compare.check("lisi_batch_cell_perplexity10", lisi(graph, batches, {.perplexity = 10}), {cells});
    compare.check_value("value.clisi", clisi_score(by_label, labels).value);
    compare.check_value("value.ilisi", ilisi_score(by_batch, batches).value);
    compare.check_value("value.clisi_unscaled", median_of(by_label).value);
    compare.check_value("value.ilisi_unscaled", median_of(by_batch).value);
    // harmonypy takes 3 * perplexity neighbours beside the cell.
    const DenseMatrix after = dense(golden.input("after"));
    for (const int perplexity : {30, 10}) {
        const KnnGraph others = knn(after, {.k = 3 * perplexity});
        const std::vector<double> first = lisi(others, labels, {.perplexity = static_cast<double>(perplexity)});
        const std::vector<double> second = lisi(others, batches, {.perplexity = static_cast<double>(perplexity)});
        std::vector<double> columns;
        for (std::int64_t i = 0; i < cells; ++i) columns.insert(columns.end(), {first[i], second[i]});
        compare.check(perplexity == 30 ? "harmonypy.lisi" : "harmonypy.lisi_perplexity10", columns, {cells, 2});
    }

    const Kbet of_cells = kbet(stored_neighbours(golden, 49), batches);
    compare.check_value("value.kbet_acceptance", of_cells.acceptance.value);
    compare.check("kbet_statistic_cell", of_cells.statistics, {cells});
    compare.check("kbet_pvalue_cell", of_cells.p, {cells});
    const CsrMatrix connectivities = umap_connectivities(stored_neighbours(golden, 49));
    compare.check_value("value.kbet_per_label", kbet_diffusion_map(connectivities, labels, batches).score.value);
    for (const auto& [name, rename] : {std::pair{"value.kbet_per_label_smallest_sorted_first", 0}, std::pair{"value.kbet_per_label_smallest_sorted_last", 99}}) {
        std::vector<std::int32_t> renamed;
        for (const std::int32_t label : labels) renamed.push_back(label == 4 ? rename : label + 1);  // 4: the dendritic cells
        compare.check_value(name, kbet_diffusion_map(connectivities, renamed, batches).score.value);
    }
    std::vector<std::int64_t> rows(60);
    for (std::int64_t i = 0; i < 60; ++i) rows[i] = i;
    const CsrMatrix first_rows = take_rows(connectivities, rows);
    compare.check("connectivities50.indptr", first_rows.indptr, {61});
    compare.check("connectivities50.indices", first_rows.indices, {first_rows.nonzeros()});
    compare.check("connectivities50.data", first_rows.values, {first_rows.nonzeros()});
    compare.check_value("value.graph_connectivity", graph_connectivity(distance_matrix(stored_neighbours(golden, 14)), labels).score.value);
}

void compare_pc_regression(const GoldenCase& golden, Comparison& compare) {
    const DenseMatrix after = dense(golden.input("after")), before = dense(golden.input("before"));
    const std::vector<std::int32_t> batches = codes(golden.input("batch"));
    const Score of_before = pc_regression(before, batches), of_after = pc_regression(after, batches);
    compare.check_value("value.pcr_before", of_before.value);
    compare.check_value("value.pcr_after", of_after.value);
    compare.check_value("value.pcr_comparison", pcr_comparison(of_before, of_after).value);
    compare.check_value("value.pcr_comparison_reverse", pcr_comparison(of_after, of_before).value);
    compare.check_value("value.pcr_after_10_components", pc_regression(after, batches, 10).value);
    compare.check_value("value.pcr_after_continuous", pc_regression(after, golden.input("continuous_covariate").to_double()).value);
}

void compare_kbet_order(const GoldenCase& golden, Comparison& compare) {
    const GoldenCase embedding = load_golden_case(golden.folder.parent_path() / "embedding");
    const CsrMatrix connectivities = umap_connectivities(stored_neighbours(embedding, 49));
    const std::vector<std::int32_t> batches = codes(golden.input("batch"));
    for (const bool first : {true, false}) {
        std::vector<std::int32_t> labels = codes(golden.input("labels"));
        for (std::int32_t& label : labels) ++label;
        for (const std::int64_t cell : golden.input("small_cells").to_int64()) labels[cell] = first ? 0 : 99;
        const KbetPerLabel found = kbet_diffusion_map(connectivities, labels, batches, {.threads = 2});
        compare.check_value(first ? "score_first" : "score_last", found.score.value);
        EXPECT_TRUE(found.carried);  // the B cells, fewer than 100, lower it for the monocytes in either order
    }
}

void compare_classification(const GoldenCase& golden, Comparison& compare) {
    const std::vector<std::int32_t> truth = codes(golden.input("y_true")), predicted = codes(golden.input("y_pred"));
    const DenseMatrix probabilities = dense(golden.input("prob")), unrounded = dense(golden.input("prob_ece"));
    const ClassificationScores scores = classification_scores(truth, predicted, 5);
    compare.check_value("value.accuracy", scores.accuracy.value);
    compare.check_value("value.micro_f1", scores.accuracy.value);  // the same number when every cell has a prediction
    compare.check_value("value.balanced_accuracy", scores.balanced_accuracy.value);
    compare.check_value("value.macro_f1_union", scores.macro_f1.value);
    compare.check_value("value.macro_f1_true_classes", scores.macro_f1_true_classes.value);
    ASSERT_EQ(scores.union_classes, 5);
    compare.check_value("value.macro_f1_all_classes", scores.macro_f1.value);
    compare.check_value("value.weighted_f1", scores.weighted_f1.value);
    compare.check_value("value.macro_precision", scores.macro_precision.value);
    compare.check_value("value.macro_recall", scores.macro_recall.value);
    compare.check_value("value.mcc", scores.matthews.value);
    compare.check_value("value.kappa", scores.kappa.value);
    compare.check_value("value.kappa_quadratic", scores.kappa_quadratic.value);
    compare.check("confusion", scores.confusion, {5, 5});
    std::vector<double> table;
    for (const ClassScores& c : scores.classes) table.insert(table.end(), {c.precision, c.recall, c.f1});
    compare.check("per_class_precision_recall_f1", table, {5, 3});
    compare.check_value("value.log_loss", log_loss(truth, probabilities).value);
    compare.check_value("value.top3", top_k_accuracy(truth, probabilities, 3).value);
    compare.check_value("value.ece_10", calibration_error(truth, probabilities, 10).ece.value);
    compare.check_value("value.ece_15", calibration_error(truth, probabilities, 15).ece.value);
    compare.check_value("value.ece_10_unrounded", calibration_error(truth, unrounded, 10).ece.value);
    compare.check_value("value.ece_15_unrounded", calibration_error(truth, unrounded, 15).ece.value);
    const DenseMatrix four = dense(golden.input("prob_without_last_class"));
    compare.check_value("value.auroc_ovr_macro", multiclass_auroc(truth, four).value);
    compare.check_value("value.auroc_ovr_weighted", multiclass_auroc(truth, four, ClassPairing::one_vs_rest, ClassAverage::weighted).value);
    compare.check_value("value.auroc_ovo_macro", multiclass_auroc(truth, four, ClassPairing::one_vs_one).value);
    compare.check_value("value.auroc_ovo_weighted", multiclass_auroc(truth, four, ClassPairing::one_vs_one, ClassAverage::weighted).value);
    for (std::int32_t c = 0; c < 4; ++c) {
        std::vector<std::int32_t> positive;
        std::vector<double> column;
        DenseMatrix both(probabilities.rows, 2);
        for (std::int64_t i = 0; i < probabilities.rows; ++i) {
            positive.push_back(truth[i] == c);
            column.push_back(probabilities(i, c));
            both(i, 0) = 1 - probabilities(i, c);
            both(i, 1) = probabilities(i, c);
        }
        const std::string end = "_class" + std::to_string(c);
        compare.check_value("value.auroc" + end, auroc(positive, column).value);
        compare.check_value("value.auprc" + end, average_precision(positive, column).value);
        if (c > 1) continue;
        compare.check_value("value.auprc_trapezoid" + end, precision_recall_area(positive, column).value);
        compare.check_value("value.brier" + end, brier_score(positive, both).value / 2);  // both classes deviate alike
    }
}

void compare_correlations(const GoldenCase& golden, Comparison& compare) {
    for (const std::string set : {"small", "ties", "counts", "big"}) {
        const std::vector<double> x = golden.input(set + ".x").to_double(), y = golden.input(set + ".y").to_double();
        const std::string name = "value." + set + ".";
        for (const auto& [kind, found] : {std::pair{"pearson", pearson(x, y)}, std::pair{"spearman", spearman(x, y)}, std::pair{"kendall", kendall(x, y)}}) {
            compare.check_value(name + kind, found.coefficient.value);
            compare.check_value(name + kind + "_p", found.p.value);
        }
        compare.check_value(name + "kendall_c", kendall_c(x, y).value);
        compare.check_value(name + "cosine", cosine_similarity(x, y).value);
        compare.check_value(name + "wasserstein_1d", wasserstein_distance(x, y).value);
        compare.check_value(name + "energy_1d", energy_distance_1d(x, y).value);
        const auto weights = [](std::vector<double> values) {
            const double smallest = *std::min_element(values.begin(), values.end());
            for (double& value : values) value += 0.001 - smallest;
            return values;
        };
        compare.check_value(name + "jsd_base2", jensen_shannon_distance(weights(x), weights(y), 2).value);
    }
}

void compare_two_samples(const GoldenCase& golden, Comparison& compare) {
    const DenseMatrix x = dense(golden.input("x")), y = dense(golden.input("y"));
    const double median = median_pairwise_distance(x, y).value;
    for (const bool self : {true, false}) {
        const std::string end = self ? "_with_self" : "_without_self";
        compare.check_value("value.energy_euclidean" + end, energy_distance(x, y, {.self_pairs = self, .threads = 2}).value);
        compare.check_value("value.energy_sqeuclidean" + end, energy_distance(x, y, {.squared = true, .self_pairs = self}).value);
        compare.check_value("value.mmd2_gamma_1_over_dim" + end, mean_discrepancy(x, y, {.self_pairs = self}).value);
        compare.check_value("value.mmd2_gamma_0p01" + end, mean_discrepancy(x, y, {.gamma = 0.01, .self_pairs = self}).value);
        compare.check_value("value.mmd2_gamma_median" + end, mean_discrepancy(x, y, {.gamma = 1 / (2 * median * median), .self_pairs = self}).value);
    }
    EXPECT_NEAR(median, golden.description.at("gammas").at("median_pairwise_distance").get<double>(), 1e-5);
}

void compare_sample_tests(const GoldenCase& golden, Comparison& compare) {
    for (const auto& [key, tensor] : golden.files.at("inputs")) {
        if (!key.starts_with("ties") && !key.starts_with("noties")) continue;
        if (!key.ends_with(".x")) continue;
        const std::string set = key.substr(0, key.size() - 2), name = "value." + set + ".";
        const std::vector<double> x = tensor.to_double(), y = golden.input(set + ".y").to_double();
        const auto check = [&](const std::string& output, const Score& found) {
            if (golden.has("outputs", name + output)) compare.check_value(name + output, found.value);
        };
        check("ranksums_z", rank_sums(x, y).statistic);
        check("ranksums_p", rank_sums(x, y).p);
        check("mwu_u", mann_whitney(x, y).statistic);
        check("mwu_two-sided_p", mann_whitney(x, y).p);
        check("mwu_greater_p", mann_whitney(x, y, {.alternative = Alternative::greater}).p);
        check("mwu_less_p", mann_whitney(x, y, {.alternative = Alternative::less}).p);
        check("mwu_nocontinuity_p", mann_whitney(x, y, {.continuity = false}).p);
        if (golden.has("outputs", name + "mwu_exact_p")) check("mwu_exact_p", mann_whitney(x, y, {.exact = true}).p);
        check("welch_t", welch_t(x, y).statistic);
        check("welch_p", welch_t(x, y).p);
        check("ttest_p", student_t(x, y).p);
        check("ks_d", kolmogorov_smirnov(x, y).statistic);
        check("ks_p", kolmogorov_smirnov(x, y).p);
        const std::size_t pairs = std::min(x.size(), y.size());
        check("signedrank_p", signed_rank(std::span(x).first(pairs), std::span(y).first(pairs)).p);
    }
}

void compare_statistics(const GoldenCase& golden, Comparison& compare) {
    compare_sample_tests(golden, compare);
    for (const auto& [key, tensor] : golden.files.at("inputs")) {
        if (!key.starts_with("bh.")) continue;
        const std::string rest = key.substr(2) + ".q";
        const std::vector<double> p = tensor.to_double();
        compare.check("bh" + rest, benjamini_hochberg(p), tensor.shape);
        compare.check("by" + rest, benjamini_yekutieli(p), tensor.shape);
        compare.check("holm" + rest, holm(p), tensor.shape);
        compare.check("bonferroni" + rest, bonferroni(p), tensor.shape);
    }
    const auto map_rows = [&](const std::string& input, const std::string& output, const auto& function) {
        const HostTensor& tensor = golden.input(input);
        const std::vector<double> values = tensor.to_double();
        const std::int64_t width = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
        std::vector<double> results;
        for (std::int64_t i = 0; i < tensor.shape[0]; ++i) results.push_back(function(values.data() + i * width));
        compare.check(output, results, {tensor.shape[0]});
    };
    const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
    const auto fisher = [&](const double* row, Alternative alternative) {
        return fisher_exact(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]), alternative).p.value;
    };
    map_rows("normal.z", "normal.sf", [](const double* row) { return normal_upper_tail(row[0]); });
    map_rows("t.args", "t.sf", [](const double* row) { return student_t_upper_tail(row[0], row[1]); });
    map_rows("chi2.args", "chi2.sf", [](const double* row) { return chi_square_upper_tail(row[0], row[1]); });
    map_rows("fisher.tables", "fisher.p_two_sided", [&](const double* row) { return fisher(row, Alternative::two_sided); });
    map_rows("fisher.tables", "fisher.p_greater", [&](const double* row) { return fisher(row, Alternative::greater); });
    map_rows("hypergeom.args", "hypergeom.p_ge_k", [&](const double* row) {
        return hypergeometric_upper_tail(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]));
    });
    map_rows("hypergeom.args", "hypergeom.log_p_ge_k", [&](const double* row) {
        return log_hypergeometric_upper_tail(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]));
    });
    map_rows("hypergeom.args", "hypergeom.pmf", [&](const double* row) {
        return hypergeometric_probability(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]));
    });
}

class GoldenMetrics : public GoldenTest {};

TEST_P(GoldenMetrics, EqualTheReferenceLibraries) {
    Comparison compare(golden());
    const std::string& name = golden().name;
    if (name == "clusters") compare_partitions(golden(), compare);
    if (name == "embedding") {
        compare_silhouettes(golden(), compare);
        compare_neighbourhoods(golden(), compare);
        compare_pc_regression(golden(), compare);
    }
    if (name == "kbet_per_label_order") compare_kbet_order(golden(), compare);
    if (name == "classification") compare_classification(golden(), compare);
    if (name == "correlation") compare_correlations(golden(), compare);
    if (name == "two_sample") compare_two_samples(golden(), compare);
    if (name == "statistics") compare_statistics(golden(), compare);
    // The case "degenerate" has results in its case.json and no tensors: degenerate_test.cpp.
}

LEXICELL_GOLDEN_CASES(GoldenMetrics, "metrics");

}  // namespace
}  // namespace lexicell::testing_support
