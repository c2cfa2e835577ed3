#include "lexicell/metrics/scib.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "lexicell/base/error.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/metrics/cell_cycle.h"
#include "lexicell/metrics/distributions.h"
#include "lexicell/metrics/graph_lisi.h"
#include "lexicell/metrics/hvg_overlap.h"
#include "lexicell/metrics/kbet_per_label.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/metrics/pc_regression.h"
#include "lexicell/metrics/sbee.h"
#include "lexicell/metrics/trajectory.h"
#include "tests/metrics/neighbours.h"
#include "tests/metrics/random_cells.h"

namespace lexicell {
namespace {

using namespace testing_support;

constexpr ScibProfile profiles[] = {ScibProfile::scib_2022, ScibProfile::scib_metrics_0_6};

Cells three_labels(std::int64_t cells, float shift, std::uint64_t seed) {
    RandomStream random(seed);
    return planted_cells(cells, 6, 3, 2, 6, shift, random);
}

void expect_equal(const ScibTable& a, const ScibTable& b) {
    ASSERT_EQ(a.rows.size(), b.rows.size());
    for (std::size_t r = 0; r < a.rows.size(); ++r) {
        EXPECT_EQ(a.rows[r].name, b.rows[r].name);
        if (a.rows[r].scaled.available()) {
            EXPECT_EQ(a.rows[r].scaled.value, b.rows[r].scaled.value) << a.rows[r].name;
        }
        EXPECT_EQ(a.rows[r].scaled.reason, b.rows[r].scaled.reason);
    }
    EXPECT_EQ(a.quirks, b.quirks);
}

TEST(Scib, EqualsTheReferenceOnStoredNeighbours) {
    const auto folder = golden_folder() / "metrics" / "embedding";
    LEXICELL_NEEDS(folder);
    const GoldenCase golden = load_golden_case(folder);
    const auto dense = [&](const std::string& name) {
        DenseMatrix matrix(golden.input(name).shape.at(0), golden.input(name).shape.at(1));
        matrix.values = golden.input(name).to_float();
        return matrix;
    };
    const auto codes = [&](const std::string& name) {
        const std::vector<std::int64_t> wide = golden.input(name).to_int64();
        return Codes(wide.begin(), wide.end());
    };
    const DenseMatrix before = dense("before");
    const KnnGraph neighbours = stored_neighbours(golden, 89);
    ScibOptions options{.before = &before, .neighbours = &neighbours, .threads = 2};
    const ScibTable table = scib_metrics(dense("after"), codes("labels"), codes("batch"), options);
    const auto expect = [&](const char* row, const char* value, double tolerance = 1e-4) {
        EXPECT_NEAR(table.row(row).scaled.value, golden.output(std::string("value.") + value).to_double().at(0), tolerance) << row;
    };
    expect("isolated_labels", "isolated_labels");
    expect("silhouette_label", "silhouette_label");
    expect("clisi", "clisi");
    expect("ilisi", "ilisi");
    expect("bras", "bras");
    expect("graph_connectivity", "graph_connectivity");
    expect("pcr_comparison", "pcr_comparison");
    expect("kbet", "kbet_per_label", 0.005);
    EXPECT_TRUE(table.totals.complete());
    EXPECT_EQ(table.totals.rows, 10);
    double bio = 0, batch = 0;
    for (const ScibRow& row : table.rows) (row.group == ScibGroup::bio ? bio : batch) += row.scaled.value / 5;
    EXPECT_NEAR(table.totals.overall.value, 0.6 * bio + 0.4 * batch, 1e-12);
    EXPECT_NE(std::find_if(table.quirks.begin(), table.quirks.end(), [](const std::string& q) { return q.find("lowered") != q.npos; }), table.quirks.end());

    options.neighbours = nullptr;
    const ScibTable searched = scib_metrics(dense("after"), codes("labels"), codes("batch"), options);
    for (const ScibRow& row : searched.rows) EXPECT_NEAR(row.scaled.value, table.row(row.name).scaled.value, 1e-4) << row.name;
}

TEST(Scib, GivesTheSameBitsForThreadsAndPermutedCells) {
    for (const ScibProfile profile : profiles) {
        Cells cells = three_labels(240, 1, 11);
        for (int i = 0; i < 240; ++i)
            if (cells.labels[i] == 0) cells.batches[i] = 0;  // an isolated label
        RandomStream random(5);
        const DenseMatrix before = random_points(240, 8, random);
        const std::vector<std::int64_t> order = random_permutation(240, random);
        std::vector<double> time, s, g;
        for (int i = 0; i < 240; ++i) time.push_back(cells.points(i, 0)), s.push_back(random.normal()), g.push_back(random.normal());
        ScibOptions options{.profile = profile, .before = &before, .s_score = s, .g2m_score = g, .pseudotime = time, .leiden = true, .sbee = true};
        const ScibTable one = scib_metrics(cells.points, cells.labels, cells.batches, options);
        options.threads = 2;
        expect_equal(one, scib_metrics(cells.points, cells.labels, cells.batches, options));
        const DenseMatrix permuted = take_rows(before, order);
        options.before = &permuted;
        options.s_score = taken(s, order), options.g2m_score = taken(g, order), options.pseudotime = taken(time, order);
        expect_equal(one, scib_metrics(take_rows(cells.points, order), taken(cells.labels, order), taken(cells.batches, order), options));
        for (const ScibRow& row : one.rows) {
            EXPECT_EQ(row.scaled.available(), row.name != "hvg_overlap") << row.name << ": " << row.scaled.reason;
            EXPECT_FALSE(row.scaled.value > 1 + 1e-12) << row.name;
        }
    }
}

TEST(Scib, PrefersMixedBatchesAndSeparatedLabels) {
    for (const ScibProfile profile : profiles) {
        const ScibOptions options{.profile = profile};
        const Cells mixed = three_labels(300, 0, 3), split = three_labels(300, 12, 3);
        Cells blurred = mixed;
        RandomStream random(9);
        blurred.points = random_points(300, 6, random);
        const ScibTable good = scib_metrics(mixed.points, mixed.labels, mixed.batches, options);
        const ScibTable batchy = scib_metrics(split.points, split.labels, split.batches, options);
        const ScibTable noise = scib_metrics(blurred.points, blurred.labels, blurred.batches, options);
        EXPECT_GT(good.totals.batch.value, batchy.totals.batch.value + 0.2);
        EXPECT_GT(good.totals.bio.value, noise.totals.bio.value + 0.2);
        const std::vector<std::string> beaten = not_better_than(noise, good);
        EXPECT_NE(std::find(beaten.begin(), beaten.end(), profile == ScibProfile::scib_2022 ? "nmi" : "kmeans_nmi"), beaten.end());
    }
}

TEST(Scib, WhatCannotBeComputedIsNotZero) {
    const Cells cells = three_labels(120, 0, 21);
    const Codes one(120, 0);
    for (const ScibProfile profile : profiles) {
        for (const auto& [labels, batches] : {std::pair{one, cells.batches}, std::pair{cells.labels, one}}) {
            const ScibTable table = scib_metrics(cells.points, labels, batches, {.profile = profile});
            EXPECT_FALSE(table.totals.complete());
            EXPECT_EQ(table.totals.label().substr(0, 8), "partial ");
            for (const ScibRow& row : table.rows) EXPECT_EQ(row.scaled.available(), row.scaled.reason.empty()) << row.name;
        }
        EXPECT_FALSE(scib_metrics(cells.points, cells.labels, cells.batches, {.profile = profile}).row("pcr_comparison").scaled.available());
        DenseMatrix broken = cells.points;
        broken(7, 2) = std::numeric_limits<float>::infinity();
        EXPECT_THROW(scib_metrics(broken, cells.labels, cells.batches, {.profile = profile}), Error);
        Codes missing = cells.labels;
        missing[3] = -1;
        EXPECT_THROW(scib_metrics(cells.points, missing, cells.batches, {.profile = profile}), Error);
        EXPECT_NO_THROW(scib_metrics(DenseMatrix(20, 2), Codes(cells.labels.begin(), cells.labels.begin() + 20), Codes(cells.batches.begin(), cells.batches.begin() + 20), {.profile = profile}));
    }
}

TEST(Scib, TotalsAreScaledBetweenTheMethodsIn2022Only) {
    const Cells mixed = three_labels(200, 0, 31), split = three_labels(200, 12, 31);
    std::vector<ScibTable> tables;
    for (const Cells* cells : {&mixed, &split}) tables.push_back(scib_metrics(cells->points, cells->labels, cells->batches, {.profile = ScibProfile::scib_2022}));
    const std::vector<ScibTotals> totals = scib_totals(tables);
    EXPECT_EQ(totals[0].batch.value, 1);
    EXPECT_EQ(totals[1].batch.value, 0);
    EXPECT_FALSE(scib_totals({tables[0]})[0].overall.available());
    const ScibTable newer = scib_metrics(mixed.points, mixed.labels, mixed.batches);
    EXPECT_EQ(scib_totals({newer})[0].overall.value, newer.totals.overall.value);
    const ScibTotals papers = scgpt_totals(tables[0]);
    EXPECT_NEAR(papers.bio.value, (tables[0].row("nmi").scaled.value + tables[0].row("ari").scaled.value + tables[0].row("asw_label").scaled.value) / 3, 1e-12);
}

TEST(GraphLisi, EqualsAllPairsOfPaths) {
    RandomStream random(17);
    for (int trial = 0; trial < 20; ++trial) {
        const Cells cells = planted_cells(40, 3, 3, 2, 1, 1, random);
        const CsrMatrix graph = umap_connectivities(knn(cells.points, {.k = 4}));
        const int nodes = 12;
        const GraphLisi found = graph_lisi(graph, cells.labels, cells.batches, {.nodes = nodes, .threads = 2});
        const DenseMatrix weights = to_dense(Matrix(graph));
        std::vector<std::vector<double>> paths(40, std::vector<double>(40, HUGE_VAL));
        for (int i = 0; i < 40; ++i)
            for (int j = 0; j < 40; ++j) paths[i][j] = i == j ? 0 : weights(i, j) > 0 ? weights(i, j) : HUGE_VAL;
        for (int k = 0; k < 40; ++k)
            for (int i = 0; i < 40; ++i)
                for (int j = 0; j < 40; ++j) paths[i][j] = std::min(paths[i][j], paths[i][k] + paths[k][j]);
        for (int i = 0; i < 40; ++i) {
            std::vector<std::pair<double, std::int32_t>> around;
            for (int j = 0; j < 40; ++j)
                if (j != i && std::isfinite(paths[i][j])) around.emplace_back(paths[i][j], j);
            std::sort(around.begin(), around.end());
            if (static_cast<int>(around.size()) < nodes) {
                EXPECT_EQ(found.labels[i], 1);
                continue;
            }
            std::vector<double> lengths;
            Codes labels;
            for (int n = 0; n < nodes; ++n) lengths.push_back(around[n].first), labels.push_back(cells.labels[around[n].second]);
            EXPECT_NEAR(found.labels[i], inverse_simpson(lengths, labels, 4), 1e-6);
        }
    }
}

TEST(KbetWalks, EqualsDensePowers) {
    RandomStream random(23);
    const Cells cells = planted_cells(60, 3, 1, 2, 0, 1, random);
    const CsrMatrix graph = umap_connectivities(knn(cells.points, {.k = 8}));
    const std::int64_t n = 60, k0 = 10;
    using Square = std::vector<std::vector<double>>;
    Square step(n, std::vector<double>(n)), power, sum(n, std::vector<double>(n));
    const DenseMatrix weights = to_dense(Matrix(graph));
    for (std::int64_t i = 0; i < n; ++i) {
        double degree = 0;
        for (std::int64_t j = 0; j < n; ++j) degree += weights(i, j);
        for (std::int64_t j = 0; j < n; ++j) step[i][j] = weights(i, j) / degree;
    }
    power = step;
    for (int p = 1; p <= 26; ++p) {
        bool full = p >= 3;
        for (std::int64_t i = 0; i < n; ++i) {
            std::int64_t entries = 0;
            for (std::int64_t j = 0; j < n; ++j) sum[i][j] += power[i][j], entries += sum[i][j] > 0;
            full = full && entries >= k0 + 1;
        }
        if (full) break;
        Square next(n, std::vector<double>(n));
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t l = 0; l < n; ++l)
                for (std::int64_t j = 0; j < n; ++j) next[i][j] += power[i][l] * step[l][j];
        power = next;
    }
    double frequency[2] = {}, accepted = 0;
    for (const std::int32_t batch : cells.batches) frequency[batch] += 1.0 / n;
    for (std::int64_t i = 0; i < n; ++i) {
        std::vector<std::pair<double, std::int64_t>> order;
        for (std::int64_t j = 0; j < n; ++j)
            if (j != i) order.emplace_back(-sum[i][j], j);
        std::sort(order.begin(), order.end());
        double observed[2] = {};
        ++observed[cells.batches[i]];
        for (std::int64_t r = 0; r < k0 - 1; ++r) ++observed[cells.batches[order[r].second]];
        double statistic = 0;
        for (int b = 0; b < 2; ++b) statistic += std::pow(observed[b] - k0 * frequency[b], 2) / (k0 * frequency[b]);
        accepted += chi_square_upper_tail(statistic, 1) >= 0.05;
    }
    EXPECT_NEAR(kbet_walks(graph, cells.labels, cells.batches).score.value, accepted / n, 1e-12);
}

TEST(Trajectory, OfAPlantedLineIsKept) {
    RandomStream random(29);
    const std::int64_t n = 300;
    DenseMatrix points(n, 3);
    std::vector<double> time;
    Codes labels;
    for (std::int64_t i = 0; i < n; ++i) {
        time.push_back(static_cast<double>(i) / n);
        labels.push_back(static_cast<std::int32_t>(i / 100));
        points(i, 0) = static_cast<float>(30 * time.back());
        for (int d = 0; d < 3; ++d) points(i, d) += static_cast<float>(0.3 * random.normal());
    }
    const CsrMatrix graph = umap_connectivities(knn(points));
    const TrajectoryConservation found = trajectory_conservation(graph, labels, time);
    EXPECT_GT(found.score.value, 0.98);
    EXPECT_LT(found.root, 20);
    std::vector<double> shuffled = time;
    shuffle(std::span(shuffled), random);
    EXPECT_NEAR(trajectory_conservation(graph, labels, shuffled).score.value, 0.5, 0.15);
    EXPECT_FALSE(trajectory_conservation(graph, labels, std::vector<double>(n, std::nan(""))).score.available());
}

TEST(CellCycle, IsKeptByTheSameCellsAndLostWithoutTheirAxis) {
    RandomStream random(37);
    const Cells cells = planted_cells(200, 5, 2, 2, 1, 0, random);
    std::vector<double> s, g;
    for (std::int64_t i = 0; i < 200; ++i) s.push_back(cells.points(i, 0)), g.push_back(cells.points(i, 1) + 0.1 * random.normal());
    EXPECT_NEAR(cell_cycle_conservation(cells.points, cells.points, s, g, cells.batches).score.value, 1, 1e-12);
    DenseMatrix without = cells.points;
    for (std::int64_t i = 0; i < 200; ++i) without(i, 0) = without(i, 1) = 0;
    EXPECT_LT(cell_cycle_conservation(cells.points, without, s, g, cells.batches).score.value, 0.2);
    EXPECT_FALSE(cell_cycle_conservation(cells.points, cells.points, std::vector<double>(200), std::vector<double>(200), cells.batches).score.available());
}

TEST(HvgOverlap, IsTheShareOfTheSmallerList) {
    EXPECT_NEAR(hvg_overlap({{1, 2, 3, 4}, {7, 8}}, {{4, 3, 9}, {8}}).value, (2.0 / 3 + 1) / 2, 1e-12);
    EXPECT_FALSE(hvg_overlap({{}}, {{1}}).available());
}

TEST(Sbee, FallsWithTheBatchEffect) {
    const Cells mixed = three_labels(300, 0, 3), split = three_labels(300, 12, 3);
    EXPECT_GT(sbee(mixed.points, mixed.labels, mixed.batches).value, sbee(split.points, split.labels, split.batches).value + 0.3);
    EXPECT_FALSE(sbee(mixed.points, mixed.labels, Codes(300, 0)).available());
}

}  // namespace
}  // namespace lexicell
