// Every golden case of preprocessing (scanpy) that belongs to this room, and the covariate encoding of sciLaMA.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "lexicell/io/read.h"
#include "lexicell/prep/covariates.h"
#include "lexicell/prep/filter.h"
#include "lexicell/prep/highly_variable.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/prep/pca.h"
#include "lexicell/prep/qc.h"
#include "lexicell/prep/scale.h"
#include "lexicell/prep/score_genes.h"
#include "tests/support/golden.h"

namespace lexicell {
namespace {

using testing_support::Comparison;
using testing_support::GoldenCase;
using testing_support::GoldenTest;
using Json = nlohmann::ordered_json;

const Dataset& dataset_of(const Json& config) {
    static std::map<std::string, Dataset> cache;
    const std::string file = config.at("file").get<std::string>().substr(std::string("shared/").size());
    auto it = cache.find(file);
    if (it == cache.end()) it = cache.emplace(file, read_dataset(testing_support::shared_folder() / file)).first;
    return it->second;
}

// "first 500 rows", or the cells with a label in a column.
std::vector<std::int64_t> rows_of_case(const Json& config, const Dataset& data) {
    const std::string text = config.at("cells");
    std::vector<std::int64_t> rows;
    std::smatch match;
    if (std::regex_search(text, match, std::regex(R"(first (\d+) rows)"))) {
        rows.resize(std::stoll(match[1]));
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    } else if (std::regex_search(text, match, std::regex(R"re(label in obs\["(\w+)"\])re"))) {
        const Column* labels = data.obs.find(match[1].str());
        for (std::int64_t r = 0; r < data.cells(); ++r)
            if (!labels->is_missing(r)) rows.push_back(r);
    } else {
        ADD_FAILURE() << "cells not understood: " << text;
    }
    return rows;
}

CsrMatrix counts_of_case(const Json& config) {
    const Dataset& data = dataset_of(config);
    return take_rows(to_csr(*data.x), rows_of_case(config, data));
}

std::vector<std::int64_t> columns_of(const Json& names, const Dataset& data) {
    std::vector<std::int64_t> out;
    for (const auto& name : names)
        out.push_back(std::ranges::find(data.var.index, name.get<std::string>()) - data.var.index.begin());
    return out;
}

DenseMatrix dense_input(const HostTensor& tensor) {
    DenseMatrix out(tensor.shape[0], tensor.shape[1]);
    out.values = tensor.to_float();
    return out;
}

void normalize(const GoldenCase& golden) {
    Comparison compare(golden);
    const CsrMatrix counts = counts_of_case(golden.config());
    const double target = golden.config().at("target_sum");
    const Normalized plain = normalize_total(counts, {.target_sum = target});
    const CsrMatrix logged = log_normalize(counts, target);
    const Normalized median = normalize_total(counts, {.target_sum = std::nullopt});
    const Normalized exclude = normalize_total(counts, {.target_sum = target, .exclude_highly_expressed = true, .max_fraction = 0.05});
    EXPECT_NEAR(median.target_sum, golden.description.at("median_target").get<double>(), 1e-6);
    compare.check("total_counts", plain.totals, {counts.rows});
    compare.check("exclude_high.norm_factor", exclude.factors, {counts.rows});
    const std::regex stored(R"((.*?)cell(\d+)\.(\w+))");
    for (const auto& [name, tensor] : golden.files.at("outputs")) {
        std::smatch match;
        if (!std::regex_match(name, match, stored)) continue;
        const std::int64_t row = std::stoll(match[2]);
        const auto size = static_cast<std::int64_t>(counts.row_indices(row).size());
        if (match[3] == "indices") compare.check(name, counts.row_indices(row), {size});
        else if (match[1] == "") compare.check(name, logged.row_values(row), {size});
        else compare.check(name, std::get<CsrMatrix>((match[1] == "median." ? median : exclude).x).row_values(row), {size});
    }
}

void highly_variable(const GoldenCase& golden) {
    Comparison compare(golden);
    const Json& config = golden.config();
    CsrMatrix counts = counts_of_case(config);
    HvgOptions options{.flavor = hvg_flavor(config.at("flavor").get<std::string>()), .top = std::nullopt};
    if (config.contains("n_top_genes")) options.top = config.at("n_top_genes").get<std::int64_t>();
    std::smatch match;
    const std::string input = config.at("input");
    if (std::regex_search(input, match, std::regex(R"(at least (\d+) of these cells)"))) {
        const Kept kept = filter_genes(calculate_qc_metrics(counts), {.min_cells = std::stoll(match[1])});
        counts = take_cols(counts, kept.rows);
        compare.check("used_genes", kept.rows, {counts.cols});
    }
    // "parity" is the row modulo 2; any other key is a column of the file.
    std::vector<std::int32_t> batch;
    const bool batched = config.contains("batch_key");
    const Dataset& data = dataset_of(config);
    const Column* column = batched ? data.obs.find(config.at("batch_key").get<std::string>()) : nullptr;
    if (column) batch = as_categorical(take_rows(*column, rows_of_case(config, data))).codes;
    else for (std::int64_t r = 0; r < counts.rows; ++r) batch.push_back(static_cast<std::int32_t>(r % 2));
    const auto codes = batched ? std::optional<std::span<const std::int32_t>>(batch) : std::nullopt;
    const HighlyVariable result = wants_counts(options.flavor) ? highly_variable_genes(counts, options, codes)
                                                               : highly_variable_genes(log_normalize(counts), options, codes);
    const std::vector<std::int64_t> shape = {counts.cols};
    const std::map<std::string, const std::vector<double>*> reals = {
        {"means", &result.means}, {"dispersions", &result.dispersions}, {"dispersions_norm", &result.dispersions_norm},
        {"variances", &result.variances}, {"variances_norm", &result.variances_norm}, {"highly_variable_rank", &result.rank}};
    for (const auto& [name, tensor] : golden.files.at("outputs")) {
        if (reals.contains(name)) compare.check(name, *reals.at(name), shape);
        if (name == "highly_variable") compare.check(name, result.selected, shape);
        if (name == "highly_variable_nbatches") compare.check(name, result.batches, shape);
        if (name == "highly_variable_intersection") compare.check(name, result.in_all_batches, shape);
    }
    EXPECT_EQ(result.genes().size(), golden.description.at("n_selected").get<std::size_t>());
}

void scaling(const GoldenCase& golden) {
    Comparison compare(golden);
    const DenseMatrix x = dense_input(golden.input("x"));
    const double clip = golden.config().at("max_value");
    const GeneScale fitted = fit_scale(x);
    compare.check("mean", fitted.mean, {x.cols});
    compare.check("std", fitted.sd, {x.cols});
    compare.check("scaled", scale(x, fitted, {.clip = clip}).values, {x.rows, x.cols});
    compare.check("scaled_no_center", scale(x, fitted, {.center = false, .clip = clip}).values, {x.rows, x.cols});
}

std::vector<float> absolute_corner(const DenseMatrix& m, std::int64_t rows, std::int64_t cols) {
    std::vector<float> out;
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c) out.push_back(std::abs(m(r, c)));
    return out;
}

void principal_components(const GoldenCase& golden) {
    Comparison compare(golden);
    const Json& config = golden.config();
    const std::vector<std::int64_t> genes = columns_of(golden.description.at("gene_names"), dataset_of(config));
    const CsrMatrix logged = take_cols(log_normalize(counts_of_case(config)), genes);
    const PcaOptions options{.components = config.at("n_comps")};
    const Pca scaled = pca(scale(logged, fit_scale(logged)), options), unscaled = pca(logged, options);
    const auto shape = [&](const std::string& name) { return golden.output(name).shape; };
    const auto corner = [&](const std::string& name, const DenseMatrix& m) {
        compare.check(name, absolute_corner(m, shape(name)[0], shape(name)[1]), shape(name));
    };
    compare.check("explained_variance", scaled.variance, {options.components});
    compare.check("explained_variance_ratio", scaled.variance_ratio, {options.components});
    compare.check("unscaled.explained_variance", unscaled.variance, {options.components});
    corner("abs_scores_first5", scaled.scores);
    corner("abs_loadings_first5", scaled.loadings);
    corner("unscaled.abs_scores_first5", unscaled.scores);
}

void quality(const GoldenCase& golden) {
    Comparison compare(golden);
    const Json& config = golden.config();
    const Dataset& data = dataset_of(config);
    const CsrMatrix counts = counts_of_case(config);
    const std::vector<QcGeneSet> sets = {mitochondrial_genes(data.var.index)};
    const QcMetrics metrics = calculate_qc_metrics(counts, sets, {.top = config.at("percent_top")});
    Frame obs{.index = std::vector<std::string>(counts.rows)}, var{.index = std::vector<std::string>(counts.cols)};
    store_qc(metrics, obs, var);
    for (const auto& [name, tensor] : golden.files.at("outputs")) {
        const Frame& frame = name.starts_with("cell.") ? obs : var;
        if (const Column* column = frame.find(name.substr(5))) {
            std::vector<double> values;
            for (std::int64_t r = 0; r < column->size(); ++r)
                values.push_back(std::holds_alternative<std::vector<double>>(column->values) ? std::get<std::vector<double>>(column->values)[r]
                                                                                              : static_cast<double>(std::get<std::vector<std::int64_t>>(column->values)[r]));
            compare.check(name, values, tensor.shape);
        }
        std::smatch match;
        if (std::regex_match(name, match, std::regex(R"(filter_(cells|genes)_min_\w+_(\d+))"))) {
            const bool cells = match[1] == "cells";
            const Kept kept = cells ? filter_cells(metrics, {.min_genes = std::stoll(match[2])}) : filter_genes(metrics, {.min_cells = std::stoll(match[2])});
            std::vector<std::uint8_t> mask(tensor.elements());
            for (const std::int64_t i : kept.rows) mask[i] = 1;
            compare.check(name, mask, tensor.shape);
        }
    }
}

void gene_score(const GoldenCase& golden) {
    Comparison compare(golden);
    const Json& config = golden.config();
    const Dataset& data = dataset_of(config);
    const CsrMatrix logged = log_normalize(counts_of_case(config));
    const std::vector<std::int64_t> set = columns_of(golden.description.at("present_genes"), data);
    const std::vector<std::int64_t> controls = columns_of(golden.description.at("control_genes"), data);
    const GeneScore result = score_against(logged, set, controls);
    const std::vector<std::int64_t> rows = golden.output("cell_rows").to_int64();
    const auto at_rows = [&](const std::vector<double>& all) {
        std::vector<double> out;
        for (const std::int64_t r : rows) out.push_back(all[r]);
        return out;
    };
    compare.leave("cell_rows", "says which cells the scores are of");
    compare.check("score", at_rows(result.score), {static_cast<std::int64_t>(rows.size())});
    compare.check("mean_gene_list", at_rows(result.set_mean), {static_cast<std::int64_t>(rows.size())});
    compare.check("mean_control", at_rows(result.control_mean), {static_cast<std::int64_t>(rows.size())});
    // Which genes are drawn depends on the generator; the bins they are drawn from do not.
    const std::vector<std::int64_t> bin = control_genes(logged, set, {.controls_per_bin = static_cast<int>(data.genes()), .bins = config.at("n_bins")});
    EXPECT_TRUE(std::ranges::all_of(controls, [&](std::int64_t g) { return std::ranges::binary_search(bin, g); }));
}

class GoldenPrep : public GoldenTest {};
TEST_P(GoldenPrep, MatchesScanpy) {
    const std::string call = golden().description.at("produced_by");
    if (call.starts_with("sc.pp.normalize_total")) return normalize(golden());
    if (call.starts_with("sc.pp.highly_variable_genes")) return highly_variable(golden());
    if (call.starts_with("sc.pp.scale")) return scaling(golden());
    if (call.starts_with("sc.pp.pca")) return principal_components(golden());
    if (call.starts_with("sc.pp.calculate_qc_metrics")) return quality(golden());
    if (call.starts_with("sc.tl.score_genes")) return gene_score(golden());
    if (call.starts_with("sc.pp.neighbors") || call.starts_with("sc.tl.rank_genes_groups")) GTEST_SKIP() << "compared in the rooms graph and tasks";
    FAIL() << "no test for " << call;
}
LEXICELL_GOLDEN_CASES(GoldenPrep, "prep");

Frame table(const Json& json) {
    Frame frame{.index = std::vector<std::string>(json.begin()->size())};
    for (const auto& [name, values] : json.items()) {
        const bool text = std::ranges::any_of(values, [](const Json& v) { return v.is_string(); });
        const bool integer = std::ranges::all_of(values, [](const Json& v) { return v.is_number_integer(); });
        if (text) {
            std::vector<std::string> texts;
            std::vector<bool> missing;
            for (const auto& v : values) texts.push_back(v.is_null() ? "" : v.get<std::string>()), missing.push_back(v.is_null());
            frame.set(name, {.values = texts, .missing = missing});
        } else if (integer) {
            frame.set(name, {.values = values.get<std::vector<std::int64_t>>()});
        } else {
            std::vector<double> numbers;
            for (const auto& v : values) numbers.push_back(v.is_null() ? NAN : v.get<double>());
            frame.set(name, {.values = numbers});
        }
    }
    return frame;
}

class GoldenCovariates : public GoldenTest {};
TEST_P(GoldenCovariates, MatchTheOfficialEncoding) {
    if (golden().description.at("produced_by").get<std::string>().find("encode_covariates") == std::string::npos) GTEST_SKIP() << "a case of the model";
    Comparison compare(golden());
    const Frame train = table(golden().description.at("train_table")), query = table(golden().description.at("query_table"));
    const CovariateEncoder encoder = fit_covariates(train, {.categorical = golden().config().at("categorical"), .continuous = golden().config().at("continuous")});
    EXPECT_EQ(encoder.column_names(), golden().description.at("columns_in_order").get<std::vector<std::string>>());
    for (const auto& [name, state] : golden().description.at("state").at("continuous").items()) {
        const auto z = std::ranges::find(encoder.continuous, name, &CovariateEncoder::ZScore::name);
        EXPECT_NEAR(z->mean, state.at("mean").get<double>(), 1e-12);
        EXPECT_NEAR(z->sd, state.at("std").get<double>(), 1e-12);
    }
    Frame without = query;
    std::erase_if(without.columns, [](const auto& column) { return column.first == "batch" || column.first == "age"; });
    const auto check = [&](const std::string& name, const Frame& frame) {
        const DenseMatrix encoded = encode_covariates(encoder, frame);
        std::vector<float> values = encoded.values;
        // The official code lets NaN through where ours gives the training mean, 0.
        const std::vector<float> official = golden().output(name).to_float();
        for (std::size_t i = 0; i < values.size(); ++i)
            if (std::isnan(official[i])) {
                EXPECT_EQ(values[i], 0);
                values[i] = NAN;
            }
        compare.check(name, values, {encoded.rows, encoded.cols});
    };
    check("encoded_train", train);
    check("encoded_query", query);
    check("encoded_query_missing_columns", without);
}
LEXICELL_GOLDEN_CASES(GoldenCovariates, "scilama");

}  // namespace
}  // namespace lexicell
