// The reference numbers of scikit-learn, scipy and scib-metrics, case by case.

#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <string>

#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/benjamini_hochberg.h"
#include "lexicell/metrics/calinski_harabasz.h"
#include "lexicell/metrics/davies_bouldin.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/silhouette.h"

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
    compare.leave("value.scib.*", "scores of clusterings that depend on the library's random numbers");
}

void compare_embedding(const GoldenCase& golden, Comparison& compare) {
    const DenseMatrix after = dense(golden.input("after")), before = dense(golden.input("before"));
    const std::vector<std::int32_t> labels = codes(golden.input("labels"));
    const std::vector<double> widths = silhouette_samples(after, labels, 2);
    const double mean = silhouette(after, labels);
    compare.check("silhouette_cell", widths, {after.rows});
    compare.check("scib.silhouette_cell", widths, {after.rows});
    compare.check_value("value.silhouette_global", mean);
    compare.check_value("value.silhouette_label_raw", mean);
    compare.check_value("value.silhouette_label", (mean + 1) / 2);
    compare.check_value("value.silhouette_label_before", (silhouette(before, labels) + 1) / 2);
    compare.check_value("value.davies_bouldin", davies_bouldin(after, labels));
    compare.check_value("value.calinski_harabasz", calinski_harabasz(after, labels));
}

void compare_statistics(const GoldenCase& golden, Comparison& compare) {
    for (const auto& [key, tensor] : golden.files.at("inputs"))
        if (key.starts_with("bh.")) compare.check(key + ".q", benjamini_hochberg(tensor.to_double()), tensor.shape);
    const auto map_rows = [&](const std::string& input, const std::string& output, const auto& function) {
        const HostTensor& tensor = golden.input(input);
        const std::vector<double> values = tensor.to_double();
        const std::int64_t width = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
        std::vector<double> results;
        for (std::int64_t i = 0; i < tensor.shape[0]; ++i) results.push_back(function(values.data() + i * width));
        compare.check(output, results, {tensor.shape[0]});
    };
    const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
    map_rows("normal.z", "normal.sf", [](const double* row) { return normal_upper_tail(row[0]); });
    map_rows("t.args", "t.sf", [](const double* row) { return student_t_upper_tail(row[0], row[1]); });
    map_rows("hypergeom.args", "hypergeom.p_ge_k", [&](const double* row) {
        return hypergeometric_upper_tail(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]));
    });
    map_rows("hypergeom.args", "hypergeom.log_p_ge_k", [&](const double* row) {
        return log_hypergeometric_upper_tail(whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3]));
    });
}

class GoldenMetrics : public GoldenTest {};

TEST_P(GoldenMetrics, EqualTheReferenceLibraries) {
    Comparison compare(golden());
    if (golden().has("inputs", "clusters.kmeans")) compare_partitions(golden(), compare);
    if (golden().has("inputs", "after")) compare_embedding(golden(), compare);
    if (golden().has("inputs", "hypergeom.args")) compare_statistics(golden(), compare);
    compare.leave("*", "scores that this room does not offer");
}

LEXICELL_GOLDEN_CASES(GoldenMetrics, "metrics");

}  // namespace
}  // namespace lexicell::testing_support
