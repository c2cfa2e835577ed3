#include "lexicell/prep/qc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "lexicell/base/error.h"
#include "lexicell/prep/filter.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::permutation;
using testing_support::with_zero_gene;

std::vector<QcGeneSet> every_third(std::int64_t genes) {
    QcGeneSet set{.name = "mt"};
    for (std::int64_t g = 0; g < genes; ++g) set.members.push_back(g % 3 == 0);
    return {set};
}

TEST(GeneSets, ByPrefixInEitherSpecies) {
    const std::vector<std::string> symbols = {"MT-CO1", "mt-Nd1", "MTOR", "RPS6", "Rpl13", "RPA1", "HBA1", "Hbb-bs", "HBP1", "HB"};
    EXPECT_EQ(mitochondrial_genes(symbols).members, (std::vector<bool>{1, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(ribosomal_genes(symbols).members, (std::vector<bool>{0, 0, 0, 1, 1, 0, 0, 0, 0, 0}));
    EXPECT_EQ(hemoglobin_genes(symbols).members, (std::vector<bool>{0, 0, 0, 0, 0, 0, 1, 1, 0, 0}));
}

TEST(QcMetrics, AgreeWithAPlainLoop) {
    const CsrMatrix counts = example_counts(60, 80);
    const DenseMatrix dense = to_dense(counts);
    const std::vector<QcGeneSet> sets = every_third(80);
    const QcMetrics m = calculate_qc_metrics(counts, sets, {.top = {5, 200}});
    for (std::int64_t r = 0; r < dense.rows; ++r) {
        std::vector<float> row(dense.row(r).begin(), dense.row(r).end());
        double total = 0, third = 0, top = 0;
        std::int64_t detected = 0;
        for (std::size_t g = 0; g < row.size(); ++g) {
            total += row[g];
            detected += row[g] > 0;
            if (g % 3 == 0) third += row[g];
        }
        std::ranges::sort(row, std::greater<>());
        for (int k = 0; k < 5; ++k) top += row[k];
        EXPECT_EQ(m.total_counts[r], total);
        EXPECT_EQ(m.genes_by_counts[r], detected);
        EXPECT_EQ(m.sets[0].counts[r], third);
        EXPECT_DOUBLE_EQ(m.sets[0].percent[r], 100 * third / total);
        EXPECT_DOUBLE_EQ(m.percent_top[0].second[r], 100 * top / total);
        EXPECT_EQ(m.percent_top[1].second[r], 100) << "no more genes than there are";
    }
    EXPECT_EQ(m.cells_by_counts.back(), 0);
    EXPECT_EQ(m.percent_dropout.back(), 100);
}

TEST(QcMetrics, DependOnNothingButTheValues) {
    const CsrMatrix counts = example_counts(3000, 40);
    const std::vector<QcGeneSet> sets = every_third(40), wider = every_third(41);
    const QcMetrics a = calculate_qc_metrics(counts, sets);
    const QcMetrics dense = calculate_qc_metrics(to_dense(counts), sets);
    const QcMetrics threads = calculate_qc_metrics(counts, sets, {.threads = 2});
    const QcMetrics zero = calculate_qc_metrics(with_zero_gene(counts), wider);
    for (const QcMetrics* b : {&dense, &threads, &zero}) {
        EXPECT_EQ(a.total_counts, b->total_counts);
        EXPECT_EQ(a.genes_by_counts, b->genes_by_counts);
        EXPECT_EQ(a.percent_top, b->percent_top);
        EXPECT_EQ(a.sets[0].percent, b->sets[0].percent);
    }
    EXPECT_EQ(a.mean_counts, dense.mean_counts);
    EXPECT_EQ(a.mean_counts, threads.mean_counts);
    const auto order = permutation(counts.rows);
    const QcMetrics permuted = calculate_qc_metrics(take_rows(counts, order), sets);
    EXPECT_EQ(permuted.mean_counts, a.mean_counts) << "sums of whole numbers are exact";
    for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(permuted.total_counts[i], a.total_counts[order[i]]);
}

TEST(QcMetrics, AnEmptyCellHasNoNaN) {
    const std::vector<QcGeneSet> sets = every_third(4);
    const QcMetrics m = calculate_qc_metrics(DenseMatrix(2, 4), sets);
    EXPECT_EQ(m.sets[0].percent, (std::vector<double>{0, 0}));
    EXPECT_EQ(m.percent_top[0].second, (std::vector<double>{0, 0}));
}

TEST(Filters, KeepWhatPassesEveryBound) {
    const CsrMatrix counts = example_counts(200, 60);
    const std::vector<QcGeneSet> sets = every_third(60);
    const QcMetrics m = calculate_qc_metrics(counts, sets);
    const CellFilter filter{.min_genes = 12, .max_counts = 150, .max_percent_mt = 45};
    const Kept kept = filter_cells(m, filter);
    ASSERT_GT(kept.rows.size(), 0u);
    ASSERT_LT(kept.rows.size(), 200u);
    std::size_t next = 0;
    for (std::int64_t r = 0; r < 200; ++r) {
        const bool passes = m.genes_by_counts[r] >= 12 && m.total_counts[r] <= 150 && m.sets[0].percent[r] <= 45;
        const bool is_kept = next < kept.rows.size() && kept.rows[next] == r;
        EXPECT_EQ(passes, is_kept);
        next += is_kept;
    }
    EXPECT_EQ(kept.failed.size(), 3u);
    const Kept genes = filter_genes(m, {.min_cells = 3});
    EXPECT_EQ(genes.failed[0], (std::pair<std::string, std::int64_t>{"min_cells", 60 - static_cast<std::int64_t>(genes.rows.size())}));
    EXPECT_EQ(filter_cells(m, {}).rows.size(), 200u);
    EXPECT_THROW(filter_cells(calculate_qc_metrics(counts), {.max_percent_mt = 5}), Error);
}

}  // namespace
}  // namespace lexicell
