#include "lexicell/tasks/rank_genes_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/io/read.h"
#include "lexicell/metrics/distributions.h"
#include "tests/support/golden.h"

namespace lexicell {
namespace {

Categorical labels_of(const std::vector<std::int32_t>& codes, std::int32_t groups) {
    Categorical labels{.codes = codes};
    for (std::int32_t g = 0; g < groups; ++g) labels.categories.push_back("g" + std::to_string(g));
    return labels;
}

// Mostly zeros, few distinct values: many ties, some negative.
DenseMatrix tied_values(std::int64_t cells, std::int64_t genes, bool negative) {
    RandomStream random(12);
    DenseMatrix matrix(cells, genes);
    for (float& value : matrix.values)
        if (random.uniform() < 0.5) value = static_cast<float>(random.below(4)) / 2 - (negative ? 0.5f : 0.0f);
    return matrix;
}

// Rank-sum z by comparing all pairs: U = #(x > y) + #(x == y) / 2.
double z_by_pairs(const DenseMatrix& matrix, std::int64_t gene, const std::vector<std::int64_t>& xs, const std::vector<std::int64_t>& ys, bool tie_correct) {
    double u = 0;
    std::vector<float> all;
    for (const std::int64_t x : xs)
        for (const std::int64_t y : ys) u += matrix(x, gene) > matrix(y, gene) ? 1 : matrix(x, gene) == matrix(y, gene) ? 0.5 : 0;
    for (const auto* cells : {&xs, &ys})
        for (const std::int64_t i : *cells) all.push_back(matrix(i, gene));
    const double n = static_cast<double>(xs.size()), m = static_cast<double>(ys.size()), total = n + m;
    double ties = 0;
    for (const float value : all) {
        const auto t = static_cast<double>(std::ranges::count(all, value));
        ties += t * t - 1;  // each of the t members adds (t^3 - t) / t
    }
    const double correction = tie_correct ? 1 - ties / (total * total * total - total) : 1;
    const double z = (u - n * m / 2) / std::sqrt(correction * n * m * (total + 1) / 12);
    return std::isnan(z) ? 0 : z;
}

TEST(RankGenesGroups, WilcoxonEqualsComparingAllPairs) {
    const std::int64_t cells = 60, genes = 40;
    std::vector<std::int32_t> codes;
    for (std::int64_t i = 0; i < cells; ++i) codes.push_back(static_cast<std::int32_t>(i % 4) - (i % 13 == 0 ? 4 : 0));
    for (std::int32_t& code : codes) code = std::max(code, -1);
    const Categorical labels = labels_of(codes, 4);
    for (const bool negative : {false, true})
        for (const bool tie_correct : {false, true})
            for (const bool with_reference : {false, true}) {
                const DenseMatrix matrix = tied_values(cells, genes, negative);
                RankGenesOptions options{.tie_correct = tie_correct, .threads = 2};
                if (with_reference) options.reference = "g2";
                const RankGenesResult sparse = rank_genes_groups(to_csr(matrix), labels, options);
                const RankGenesResult dense = rank_genes_groups(matrix, labels, options);
                ASSERT_EQ(sparse.groups.size(), with_reference ? 3u : 4u);
                for (std::size_t g = 0; g < sparse.groups.size(); ++g) {
                    const RankedGroup& group = sparse.groups[g];
                    EXPECT_EQ(group.scores, dense.groups[g].scores);
                    EXPECT_EQ(group.genes, dense.groups[g].genes);
                    EXPECT_TRUE(std::is_sorted(group.scores.rbegin(), group.scores.rend()));
                    const std::int32_t code = group.group[1] - '0';
                    std::vector<std::int64_t> xs, ys;
                    for (std::int64_t i = 0; i < cells; ++i)
                        if (codes[i] == code) xs.push_back(i);
                        else if (with_reference ? codes[i] == 2 : codes[i] >= 0) ys.push_back(i);
                    ASSERT_EQ(group.cells, static_cast<std::int64_t>(xs.size()));
                    for (std::size_t r = 0; r < group.genes.size(); ++r) {
                        const double z = z_by_pairs(matrix, group.genes[r], xs, ys, tie_correct);
                        ASSERT_NEAR(group.scores[r], z, 1e-5);
                        ASSERT_NEAR(group.pvals[r], 2 * normal_upper_tail(std::abs(z)), 1e-9);
                    }
                }
            }
}

TEST(RankGenesGroups, WelchSharesAndFoldChanges) {
    DenseMatrix matrix(6, 2);
    matrix.values = {1, 0, 2, 0, 3, 0, 5, 0, 7, 0, 9, 1};
    const Categorical labels = labels_of({0, 0, 0, 1, 1, 1}, 2);
    const RankGenesResult result = rank_genes_groups(matrix, labels, {.test = RankTest::t});
    const RankedGroup& first = result.groups[0];
    ASSERT_EQ(first.genes, (std::vector<std::int64_t>{1, 0}));  // the gene that falls less comes first
    const double t = (2.0 - 7.0) / std::sqrt(1.0 / 3 + 4.0 / 3), degrees = (25.0 / 9) / (1.0 / 9 / 2 + 16.0 / 9 / 2);
    EXPECT_NEAR(first.scores[1], t, 1e-6);
    EXPECT_NEAR(first.pvals[1], 2 * student_t_upper_tail(-t, degrees), 1e-12);
    EXPECT_NEAR(first.logfoldchanges[1], std::log2((std::expm1(2.0) + 1e-9) / (std::expm1(7.0) + 1e-9)), 1e-5);
    EXPECT_EQ(first.share, (std::vector<float>{1, 0}));
    EXPECT_NEAR(first.share_rest[1], 1.0 / 3, 1e-6);
    EXPECT_EQ(rank_genes_groups(matrix, labels, {.top = 1}).groups[0].genes.size(), 1u);
}

TEST(RankGenesGroups, LaysIntoScanpysSlots) {
    Dataset data{.obs = {.index = {"a", "b", "c", "d"}}, .var = {.index = {"x", "y"}}};
    DenseMatrix matrix(4, 2);
    matrix.values = {1, 0, 2, 0, 0, 1, 0, 2};
    lay_into(data, rank_genes_groups(matrix, labels_of({0, 0, 1, 1}, 2)), "cluster");
    const Dict& slot = std::get<Dict>(data.uns.at("rank_genes_groups").content);
    const RecordArray& names = std::get<RecordArray>(slot.at("names").content);
    ASSERT_EQ(names.fields.size(), 2u);
    EXPECT_EQ(names.fields[1].first, "g1");
    EXPECT_EQ(std::get<std::vector<std::string>>(names.fields[1].second), (std::vector<std::string>{"y", "x"}));
    for (const char* name : {"scores", "logfoldchanges"})
        EXPECT_TRUE(std::holds_alternative<std::vector<float>>(std::get<RecordArray>(slot.at(name).content).fields[0].second)) << name;
    for (const char* name : {"pvals", "pvals_adj"})
        EXPECT_TRUE(std::holds_alternative<std::vector<double>>(std::get<RecordArray>(slot.at(name).content).fields[0].second)) << name;
    const Dict& params = std::get<Dict>(slot.at("params").content);
    EXPECT_EQ(std::get<std::string>(params.at("reference").content), "rest");
    EXPECT_EQ(std::get<std::string>(params.at("method").content), "wilcoxon");
}

TEST(RankGenesGroups, WarnsAndRefuses) {
    const auto refusal = [](const Matrix& matrix, const Categorical& labels, const RankGenesOptions& options = {}) -> std::string {
        try {
            rank_genes_groups(matrix, labels, options);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::precondition ? error.detail().type : "other";
        }
        return "accepted";
    };
    DenseMatrix matrix(5, 1);
    matrix.values = {1, 40, 3, 0, 2};
    const Categorical labels = labels_of({0, 0, 1, 1, 2}, 3);
    EXPECT_EQ(refusal(matrix, labels, {.groups = {"nobody"}}), "unknown-group");
    EXPECT_EQ(refusal(matrix, labels, {.reference = "g2"}), "group-too-small");
    EXPECT_EQ(refusal(matrix, labels_of({0, 0, 0, -1, -1}, 1)), "too-few-groups");
    RecordingSink sink;
    const RankGenesResult result = rank_genes_groups(matrix, labels, {}, sink);
    EXPECT_EQ(result.groups.size(), 2u);
    ASSERT_EQ(sink.warnings.size(), 2u);
    EXPECT_EQ(sink.warnings[0].name, "group-too-small");
    EXPECT_EQ(sink.warnings[1].name, "not-log-values");
    matrix(0, 0) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(refusal(matrix, labels), "non-finite-expression");
}

}  // namespace

namespace testing_support {
namespace {

class GoldenRankGenes : public GoldenTest {};

TEST_P(GoldenRankGenes, EqualScanpy) {
    const auto& about = golden().description;
    if (!golden().has("outputs", "logfoldchanges")) GTEST_SKIP() << "not a case of this room";
    const auto& config = golden().config();
    std::string file = config.at("file").get<std::string>();
    file = file.substr(file.find('/') + 1);  // "shared/data/..."
    LEXICELL_NEEDS(shared_folder() / file);
    Dataset data = read_dataset(shared_folder() / file);
    const Categorical labels = as_categorical(*data.obs.find(config.at("groupby").get<std::string>()));
    CsrMatrix logs = to_csr(*data.x);
    for (std::int64_t i = 0; i < logs.rows; ++i) {
        float total = 0;  // whole numbers below 2^24 are exact
        for (const float count : logs.row_values(i)) total += count;
        for (std::int64_t e = logs.indptr[i]; e < logs.indptr[i + 1]; ++e) logs.values[e] = std::log1p(logs.values[e] / (total / 1e4f));
    }
    const std::string method = config.at("method");
    RankGenesOptions options{.test = method == "wilcoxon" ? RankTest::wilcoxon : method == "t-test" ? RankTest::t : RankTest::t_overestim_var,
                             .tie_correct = config.value("tie_correct", "False") == "True", .threads = 2};
    if (config.contains("reference")) options.reference = config.at("reference").get<std::string>();
    const RankGenesResult result = rank_genes_groups(logs, labels, options);

    const std::vector<std::int64_t>& shape = golden().output("scores").shape;
    const std::vector<float> stored_scores = golden().output("scores").to_float();
    std::vector<float> scores, folds, shares;
    std::vector<double> p, q;
    ASSERT_EQ(static_cast<std::int64_t>(result.groups.size()), shape.at(0));
    for (std::size_t g = 0; g < result.groups.size(); ++g) {
        const RankedGroup& group = result.groups[g];
        ASSERT_EQ(group.group, about.at("groups")[g].get<std::string>());
        EXPECT_EQ(group.cells, about.at("group_sizes").at(group.group).get<std::int64_t>());
        const auto names = about.at("names").at(group.group).get<std::vector<std::string>>();
        for (std::size_t r = 0; r < names.size(); ++r) {
            const auto gene = static_cast<std::int64_t>(std::ranges::find(data.var.index, names[r]) - data.var.index.begin());
            const std::size_t at = static_cast<std::size_t>(std::ranges::find(group.genes, gene) - group.genes.begin());
            ASSERT_LT(at, group.genes.size()) << names[r];
            scores.push_back(group.scores[at]), folds.push_back(group.logfoldchanges[at]), shares.push_back(group.share[gene]);
            p.push_back(group.pvals[at]), q.push_back(group.pvals_adj[at]);
            const float expected = stored_scores[g * names.size() + r];
            EXPECT_NEAR(group.scores[r], expected, 1e-4 * std::max(1.0f, std::abs(expected))) << "order of " << group.group << ", rank " << r;
        }
    }
    Comparison compare(golden());
    compare.check("scores", scores, shape);
    compare.check("logfoldchanges", folds, shape);
    compare.check("pts", shares, shape);
    compare.check("pvals_f64", p, shape);
    compare.check("pvals_adj_f64", q, shape);
}

LEXICELL_GOLDEN_CASES(GoldenRankGenes, "prep");

}  // namespace
}  // namespace testing_support
}  // namespace lexicell
