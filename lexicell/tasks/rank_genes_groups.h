#pragma once
// Differential expression of groups of cells, gene by gene, with scanpy's statistics and layout.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

enum class RankTest {
    wilcoxon,        // rank-sum (Wilcoxon 1945), normal approximation
    t,               // Welch 1947
    t_overestim_var, // Welch with the group's size for the rest too: conservative (scanpy's default)
};
RankTest rank_test(std::string_view name);  // "wilcoxon", "t-test", "t-test_overestim_var"; Error(usage, "unknown-test")

struct RankGenesOptions {
    RankTest test = RankTest::wilcoxon;
    bool tie_correct = true;               // rank-sum only; scanpy's default is false, which understates sparse genes
    std::vector<std::string> groups;       // which to test; empty = all
    std::optional<std::string> reference;  // compare with this group; absent = with all other labelled cells
    std::optional<std::int64_t> top;       // genes kept a group; absent = all
    int threads = 1;
};

// The genes of one group by descending score (ties: by gene), and shares of expressing cells in the order of `var`.
struct RankedGroup {
    std::string group;
    std::int64_t cells = 0;
    std::vector<std::int64_t> genes;     // columns of the matrix
    std::vector<float> scores;           // z or t; positive = higher in the group
    std::vector<float> logfoldchanges;   // log2((expm1(mean) + 1e-9) / (expm1(mean of the others) + 1e-9))
    std::vector<double> pvals;           // two-sided
    std::vector<double> pvals_adj;       // Benjamini-Hochberg over all genes, also when only the top is kept
    std::vector<float> share, share_rest;  // G: share of cells with a value other than 0
};

struct RankGenesResult {
    RankTest test = RankTest::wilcoxon;
    bool tie_correct = true;
    std::optional<std::string> reference;
    std::vector<RankedGroup> groups;  // in the order of the categories, without the reference
};

// `expression` is N x G of log1p values, `labels` has N entries; cells without a label take no part. Groups of fewer
// than two cells are left out with a warning. Values that look like counts or z-scores bring a warning, because fold
// changes are then meaningless. Errors precondition: an unknown group, fewer than two groups, values not finite.
RankGenesResult rank_genes_groups(const Matrix& expression, const Categorical& labels, const RankGenesOptions& options = {},
                                  Sink& sink = silence());

// Writes uns[key] = {params, names, scores, logfoldchanges, pvals, pvals_adj} as record arrays, one field a group.
void lay_into(Dataset& dataset, const RankGenesResult& result, const std::string& groupby,
              const std::string& key = "rank_genes_groups");

}  // namespace lexicell
