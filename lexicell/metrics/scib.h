#pragma once
// The integration benchmark of Luecken et al. (Nat Methods 2022) in two named profiles (metrics.md 2 and 3). Values of
// different profiles are never mixed.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

enum class ScibProfile {
    scib_2022,         // theislab/scib
    scib_metrics_0_6,  // YosefLab/scib-metrics 0.6
};
std::string_view name_of(ScibProfile profile);  // "scib-2022", "scib-metrics-0.6"

enum class ScibGroup { bio, batch };

struct ScibOptions {
    ScibProfile profile = ScibProfile::scib_metrics_0_6;
    // N x P, the unintegrated cells, usually 50 principal components: for PCR comparison and the cell cycle.
    const DenseMatrix* before = nullptr;
    // At least 89 Euclidean neighbours of every cell in the embedding; absent = searched.
    const KnnGraph* neighbours = nullptr;
    // scib-2022 only. Scores of the unintegrated cells, N each.
    std::optional<std::vector<double>> s_score, g2m_score;
    std::optional<std::vector<double>> pseudotime;  // of the unintegrated cells, N
    // Variable genes by batch, of an integration that gives expression.
    std::optional<std::vector<std::vector<std::int64_t>>> hvg_before, hvg_after;
    // scib-metrics-0.6 only: rows that the reference leaves out by default and no total counts.
    bool leiden = false;
    bool sbee = false;
    std::uint64_t seed = 0;  // of k-means and Leiden
    int threads = 1;
};

struct ScibRow {
    std::string name;
    ScibGroup group = ScibGroup::bio;
    Score value;           // as measured: a silhouette in [-1, 1], a median LISI, a share
    Score scaled;          // larger is better, [0, 1] where the reference promises it; what totals use
    bool in_total = true;
};

// Mean of scaled values; overall = 0.6 bio + 0.4 batch. Rows without a value are left out of the mean, as the references
// do, but the total then is partial and must not be ranked against complete ones.
struct ScibTotals {
    Score bio, batch, overall;
    int available = 0, rows = 0;
    bool complete() const { return available == rows; }
    std::string label() const;  // "partial 8/10", or "" when complete
};

struct ScibTable {
    ScibProfile profile = ScibProfile::scib_metrics_0_6;
    std::vector<ScibRow> rows;
    ScibTotals totals;                // plain means; scib-2022 ranks by scib_totals instead
    std::vector<std::string> quirks;  // of the reference, that fired on this input

    const ScibRow& row(std::string_view name) const;
};

// embedding: N x D. labels, batches: N codes >= 0 each, in the sort order of their names. Without `neighbours` the cells
// are first put in an order that depends on their coordinates only, so that permuted cells give the same bits; one neighbour search serves
// all scores. Error precondition: coordinates that are not finite, a missing label or batch, fewer than 3 cells.
ScibTable scib_metrics(const DenseMatrix& embedding, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                       const ScibOptions& options = {});

// Totals of several methods on one data set: in profile scib-2022 every metric is first scaled to [0, 1] between the
// worst and the best of these methods, so that a total depends on the others. Not available with one method, and a
// metric that is equal in all methods has no scale. In scib-metrics-0.6 the plain means. All tables have one profile.
std::vector<ScibTotals> scib_totals(const std::vector<ScibTable>& methods);

// Names of the metrics on which `control` scores at least as well as `method` (metrics.md 4.2).
std::vector<std::string> not_better_than(const ScibTable& method, const ScibTable& control);

// Mean(NMI, ARI, ASW label) and mean(ASW batch, graph connectivity) of scGPT's papers, from a table of scib-2022; to be
// printed only beside the full table (metrics.md 4.4). Overall 0.6 / 0.4.
ScibTotals scgpt_totals(const ScibTable& table);

}  // namespace lexicell
