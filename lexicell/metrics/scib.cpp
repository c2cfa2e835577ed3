#include "lexicell/metrics/scib.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "lexicell/base/error.h"
#include "lexicell/data/take.h"
#include "lexicell/base/random.h"
#include "lexicell/graph/connectivities.h"
#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/batch_silhouette.h"
#include "lexicell/metrics/cell_cycle.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/first_neighbours.h"
#include "lexicell/metrics/graph_connectivity.h"
#include "lexicell/metrics/graph_lisi.h"
#include "lexicell/metrics/hvg_overlap.h"
#include "lexicell/metrics/isolated_labels.h"
#include "lexicell/metrics/kbet_per_label.h"
#include "lexicell/metrics/kmeans.h"
#include "lexicell/metrics/lisi.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/pc_regression.h"
#include "lexicell/metrics/resolution_sweep.h"
#include "lexicell/metrics/sbee.h"
#include "lexicell/metrics/silhouette.h"
#include "lexicell/metrics/trajectory.h"

namespace lexicell {
namespace {

// The references count the cell among its neighbours.
constexpr int lisi_neighbours = 89, kbet_neighbours = 49, graph_neighbours = 14;

struct Input {
    const DenseMatrix& embedding;
    std::span<const std::int32_t> labels, batches;
    const KnnGraph& neighbours;
    const ScibOptions& options;
    std::int64_t label_count = 0;
};

void add(ScibTable& table, const std::string& name, ScibGroup group, const Score& value) {
    table.rows.push_back({.name = name, .group = group, .value = value, .scaled = value});
}

template <class Scale>
void add_scaled(ScibTable& table, const std::string& name, ScibGroup group, const Score& value, Scale&& scale) {
    add(table, name, group, value);
    if (value.available()) table.rows.back().scaled = scale(value.value);
}

std::string count_text(std::int64_t count, const std::string& what) { return std::to_string(count) + " " + what; }

// Silhouettes of all cells, or the reason why there are none.
struct LabelSilhouettes {
    std::vector<double> widths;
    Score mean;
};

LabelSilhouettes label_silhouettes(const Input& in) {
    if (in.label_count < 2) return {.mean = Score::not_available("fewer than two labels")};
    if (in.label_count >= in.embedding.rows) return {.mean = Score::not_available("every cell has its own label")};
    LabelSilhouettes out{.widths = silhouette_samples(in.embedding, in.labels, in.options.threads)};
    double sum = 0;
    for (const double width : out.widths) sum += width;
    out.mean = sum / static_cast<double>(out.widths.size());
    return out;
}

void add_isolated_silhouette(ScibTable& table, const Input& in, const LabelSilhouettes& silhouettes, const std::string& name, bool none_if_everywhere) {
    const IsolatedLabelsOptions options{.none_if_everywhere = none_if_everywhere};
    add(table, name, ScibGroup::bio,
        silhouettes.mean.available() ? isolated_label_silhouette(silhouettes.widths, in.labels, in.batches, options) : silhouettes.mean);
    if (!none_if_everywhere && in.label_count > 1 &&
        isolated_labels(in.labels, in.batches).size() == static_cast<std::size_t>(in.label_count) &&
        isolated_labels(in.labels, in.batches, {.none_if_everywhere = true}).empty())
        table.quirks.push_back(name + ": every label is in every batch, so that every label counts as isolated");
}

Score pcr_score(const Input& in, std::optional<std::int64_t> components) {
    if (!in.options.before) return Score::not_available("no embedding before integration is given");
    return pcr_comparison(pc_regression(*in.options.before, in.batches, components), pc_regression(in.embedding, in.batches, components));
}

void add_kbet(ScibTable& table, const std::string& name, const KbetPerLabel& kbet) {
    add(table, name, ScibGroup::batch, kbet.score);
    for (std::size_t label = 0; label < kbet.labels.size(); ++label)
        if (!kbet.labels[label].quirk.empty())
            table.quirks.push_back(name + ": label " + std::to_string(label) + " scores 0 because " + kbet.labels[label].quirk);
    if (kbet.carried) table.quirks.push_back(name + ": a small label has lowered the diffusion components of the labels after it");
}

Score divided(const Score& median, double classes, bool falling) {
    if (!median.available() || classes < 2) return classes < 2 ? Score::not_available("fewer than two classes") : median;
    return falling ? (classes - median.value) / (classes - 1) : (median.value - 1) / (classes - 1);
}

void add_lisi(ScibTable& table, const Input& in, const std::string& name, ScibGroup group, std::span<const double> values) {
    const std::span<const std::int32_t> codes = group == ScibGroup::bio ? in.labels : in.batches;
    const auto classes = static_cast<double>(std::set(codes.begin(), codes.end()).size());
    add(table, name, group, median_of(values));
    table.rows.back().scaled = divided(table.rows.back().value, classes, group == ScibGroup::bio);
    if (const auto negative = std::count(values.begin(), values.end(), -1.0); negative > 0)
        table.quirks.push_back(name + ": " + count_text(negative, "cells with entropy 0 have LISI -1"));
}

void measure_scib_metrics(const Input& in, ScibTable& table) {
    const ScibOptions& options = in.options;
    const LabelSilhouettes silhouettes = label_silhouettes(in);
    add_isolated_silhouette(table, in, silhouettes, "isolated_labels", false);

    const auto clusters = static_cast<std::int32_t>(in.label_count);
    const Kmeans kmeans_result = kmeans(in.embedding, {.clusters = clusters, .seed = options.seed, .threads = options.threads});
    add(table, "kmeans_nmi", ScibGroup::bio, normalized_mutual_information(in.labels, kmeans_result.membership));
    add(table, "kmeans_ari", ScibGroup::bio, adjusted_rand_index(in.labels, kmeans_result.membership));
    if (options.leiden) {
        const CsrMatrix graph = umap_connectivities(first_neighbours(in.neighbours, graph_neighbours), options.threads);
        const ResolutionSweepResult sweep = resolution_sweep(graph, in.labels, {.resolutions = resolution_range(0.2, 2.0, 0.2), .seed = options.seed, .threads = options.threads});
        add(table, "leiden_nmi", ScibGroup::bio, sweep.rows[sweep.best].nmi);
        table.rows.back().in_total = false;
        add(table, "leiden_ari", ScibGroup::bio, sweep.rows[sweep.best].ari);
        table.rows.back().in_total = false;
        table.quirks.push_back("leiden_nmi: the resolution is chosen with the labels");
    }
    add_scaled(table, "silhouette_label", ScibGroup::bio, silhouettes.mean, [](double s) { return (s + 1) / 2; });

    const LisiOptions lisi_options{.perplexity = static_cast<double>((in.neighbours.k + 1) / 3), .threads = options.threads};
    add_lisi(table, in, "clisi", ScibGroup::bio, lisi(in.neighbours, in.labels, lisi_options));

    const BatchSilhouette bras = batch_silhouette(in.embedding, in.labels, in.batches, {.threads = options.threads});
    add(table, "bras", ScibGroup::batch, bras.score);
    if (bras.single_cells > 0) table.quirks.push_back("bras: " + count_text(bras.single_cells, "batches of one cell inside a label count as perfectly mixed"));
    add_lisi(table, in, "ilisi", ScibGroup::batch, lisi(in.neighbours, in.batches, lisi_options));
    const CsrMatrix wide = umap_connectivities(first_neighbours(in.neighbours, kbet_neighbours), options.threads);
    add_kbet(table, "kbet", kbet_diffusion_map(wide, in.labels, in.batches, {.threads = options.threads}));
    add(table, "graph_connectivity", ScibGroup::batch,
        graph_connectivity(distance_matrix(first_neighbours(in.neighbours, graph_neighbours)), in.labels).score);
    add(table, "pcr_comparison", ScibGroup::batch, pcr_score(in, {}));
    if (options.sbee) {
        add(table, "sbee", ScibGroup::batch, sbee(in.embedding, in.labels, in.batches, {.threads = options.threads}));
        table.rows.back().in_total = false;
    }
}

Score cell_cycle_score(const Input& in) {
    if (!in.options.before) return Score::not_available("no embedding before integration is given");
    if (!in.options.s_score || !in.options.g2m_score) return Score::not_available("no cell-cycle scores are given");
    return cell_cycle_conservation(*in.options.before, in.embedding, *in.options.s_score, *in.options.g2m_score, in.batches).score;
}

void measure_scib_2022(const Input& in, ScibTable& table) {
    const ScibOptions& options = in.options;
    const CsrMatrix graph = umap_connectivities(first_neighbours(in.neighbours, graph_neighbours), options.threads);
    const ResolutionSweepResult sweep = resolution_sweep(graph, in.labels, {.resolutions = resolution_range(0.2, 2.0, 0.2), .seed = options.seed, .threads = options.threads});
    add(table, "nmi", ScibGroup::bio, sweep.rows[sweep.best].nmi);
    add(table, "ari", ScibGroup::bio, sweep.rows[sweep.best].ari);
    table.quirks.push_back("nmi, ari, isolated_label_f1: the resolution is chosen with the labels");

    const LabelSilhouettes silhouettes = label_silhouettes(in);
    add_scaled(table, "asw_label", ScibGroup::bio, silhouettes.mean, [](double s) { return (s + 1) / 2; });
    add(table, "isolated_label_f1", ScibGroup::bio, isolated_label_f1(sweep, in.labels, in.batches, {.none_if_everywhere = true}));
    add_isolated_silhouette(table, in, silhouettes, "isolated_label_asw", true);
    add(table, "cell_cycle", ScibGroup::bio, cell_cycle_score(in));
    add(table, "hvg_overlap", ScibGroup::bio,
        options.hvg_before && options.hvg_after ? hvg_overlap(*options.hvg_before, *options.hvg_after)
                                                : Score::not_available("undefined for embeddings"));
    if (options.pseudotime) {
        const TrajectoryConservation trajectory = trajectory_conservation(graph, in.labels, *options.pseudotime);
        add_scaled(table, "trajectory", ScibGroup::bio, trajectory.rho, [](double rho) { return (rho + 1) / 2; });
        if (!trajectory.quirk.empty()) {
            table.rows.back().scaled = 0.0;
            table.quirks.push_back("trajectory: scores 0 because " + trajectory.quirk);
        }
        if (trajectory.outside > 0) table.quirks.push_back("trajectory: " + count_text(trajectory.outside, "cells outside the largest component have pseudotime 0"));
    } else {
        add(table, "trajectory", ScibGroup::bio, Score::not_available("no pseudotime is given"));
    }
    const GraphLisi paths = graph_lisi(graph, in.labels, in.batches, {.threads = options.threads});
    add_lisi(table, in, "graph_clisi", ScibGroup::bio, paths.labels);
    table.quirks.push_back("graph_clisi, graph_ilisi: a path is the sum of connectivities, so that a stronger edge counts as longer");
    if (paths.cut_off > 0) table.quirks.push_back("graph_clisi, graph_ilisi: " + count_text(paths.cut_off, "cells that reach fewer than 90 others have LISI 1"));

    add(table, "asw_batch", ScibGroup::batch,
        batch_silhouette(in.embedding, in.labels, in.batches, {.other = OtherBatches::nearest, .metric = KnnMetric::euclidean, .threads = options.threads}).score);
    add(table, "pcr_comparison", ScibGroup::batch, pcr_score(in, 50));
    add(table, "graph_connectivity", ScibGroup::batch, graph_connectivity(graph, in.labels).score);
    const CsrMatrix wide = umap_connectivities(first_neighbours(in.neighbours, kbet_neighbours), options.threads);
    add_kbet(table, "kbet", kbet_walks(wide, in.labels, in.batches, {.threads = options.threads}));
    add_lisi(table, in, "graph_ilisi", ScibGroup::batch, paths.batches);
}

template <class Values>
ScibTotals totals_of(const std::vector<ScibRow>& rows, Values&& value_of) {
    ScibTotals out;
    double sum[2] = {}, count[2] = {};
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (!rows[r].in_total) continue;
        ++out.rows;
        const Score value = value_of(r);
        if (!value.available()) continue;
        ++out.available;
        sum[rows[r].group == ScibGroup::batch] += value.value;
        ++count[rows[r].group == ScibGroup::batch];
    }
    out.bio = count[0] > 0 ? Score(sum[0] / count[0]) : Score::not_available("no metric of this group has a value");
    out.batch = count[1] > 0 ? Score(sum[1] / count[1]) : Score::not_available("no metric of this group has a value");
    out.overall = out.bio.available() && out.batch.available() ? Score(0.6 * out.bio.value + 0.4 * out.batch.value)
                                                               : Score::not_available("one of the two groups has no value");
    return out;
}

void require_codes(std::span<const std::int32_t> codes, std::int64_t cells, const char* what) {
    LEXICELL_ASSERT(static_cast<std::int64_t>(codes.size()) == cells, "one code a cell");
    for (std::size_t i = 0; i < codes.size(); ++i)
        if (codes[i] < 0)
            throw Error(ErrorKind::precondition, {.type = "missing-code",
                                                  .message = std::string("integration scores need a ") + what + " for every cell",
                                                  .found = "none in row " + std::to_string(i),
                                                  .hint = "leave out cells without one"});
}

ScibTable measure(const DenseMatrix& embedding, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                  const KnnGraph& neighbours, const ScibOptions& options) {
    const Input in{.embedding = embedding, .labels = labels, .batches = batches, .neighbours = neighbours, .options = options,
                   .label_count = static_cast<std::int64_t>(std::set(labels.begin(), labels.end()).size())};
    ScibTable table{.profile = options.profile};
    if (options.profile == ScibProfile::scib_2022) measure_scib_2022(in, table);
    else measure_scib_metrics(in, table);
    table.totals = totals_of(table.rows, [&](std::size_t r) { return table.rows[r].scaled; });
    return table;
}

}  // namespace

std::string_view name_of(ScibProfile profile) { return profile == ScibProfile::scib_2022 ? "scib-2022" : "scib-metrics-0.6"; }

std::string ScibTotals::label() const {
    return complete() ? "" : "partial " + std::to_string(available) + "/" + std::to_string(rows);
}

const ScibRow& ScibTable::row(std::string_view name) const {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const ScibRow& row) { return row.name == name; });
    LEXICELL_ASSERT(found != rows.end(), "a metric of this profile");
    return *found;
}

ScibTable scib_metrics(const DenseMatrix& embedding, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                       const ScibOptions& options) {
    require_finite(embedding);
    require_codes(labels, embedding.rows, "label");
    require_codes(batches, embedding.rows, "batch");
    if (embedding.rows < 3)
        throw Error(ErrorKind::precondition, {.type = "too-few-cells", .message = "integration scores need at least 3 cells", .found = std::to_string(embedding.rows)});
    if (options.neighbours) {
        LEXICELL_ASSERT(options.neighbours->points == embedding.rows, "neighbours of these cells");
        return measure(embedding, labels, batches, first_neighbours(*options.neighbours, lisi_neighbours), options);
    }
    // Cells with equal coordinates are told apart by label and batch.
    std::vector<std::int64_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        const auto x = embedding.row(a), y = embedding.row(b);
        const auto by_row = std::lexicographical_compare_three_way(x.begin(), x.end(), y.begin(), y.end());
        return by_row != 0 ? by_row < 0 : std::pair(labels[a], batches[a]) < std::pair(labels[b], batches[b]);
    });
    // Then shuffled in one fixed way: exact neighbours are found slowly among points in ascending order.
    RandomStream random(0x6f72646572);
    shuffle(std::span(order), random);
    const DenseMatrix sorted = take_rows(embedding, order);
    DenseMatrix before;
    ScibOptions own = options;
    if (options.before) {
        before = take_rows(*options.before, order);
        own.before = &before;
    }
    for (auto* column : {&own.s_score, &own.g2m_score, &own.pseudotime})
        if (*column) *column = take(**column, order);
    const KnnGraph neighbours = knn(sorted, {.k = lisi_neighbours, .threads = options.threads});
    return measure(sorted, take(labels, order), take(batches, order), neighbours, own);
}

std::vector<ScibTotals> scib_totals(const std::vector<ScibTable>& methods) {
    std::vector<ScibTotals> out;
    for (const ScibTable& table : methods) {
        LEXICELL_ASSERT(table.profile == methods.front().profile && table.rows.size() == methods.front().rows.size(), "tables of one profile");
        if (table.profile == ScibProfile::scib_metrics_0_6) {
            out.push_back(table.totals);
            continue;
        }
        out.push_back(totals_of(table.rows, [&](std::size_t r) -> Score {
            double low = std::numeric_limits<double>::infinity(), high = -low;
            for (const ScibTable& other : methods)
                if (other.rows[r].scaled.available()) low = std::min(low, other.rows[r].scaled.value), high = std::max(high, other.rows[r].scaled.value);
            if (!table.rows[r].scaled.available()) return table.rows[r].scaled;
            if (!(high > low)) return Score::not_available("it does not differ between the methods compared");
            return (table.rows[r].scaled.value - low) / (high - low);
        }));
    }
    return out;
}

std::vector<std::string> not_better_than(const ScibTable& method, const ScibTable& control) {
    LEXICELL_ASSERT(method.profile == control.profile, "tables of one profile");
    std::vector<std::string> names;
    for (const ScibRow& row : method.rows) {
        const ScibRow& other = control.row(row.name);
        if (row.scaled.available() && other.scaled.available() && other.scaled.value >= row.scaled.value) names.push_back(row.name);
    }
    return names;
}

ScibTotals scgpt_totals(const ScibTable& table) {
    LEXICELL_ASSERT(table.profile == ScibProfile::scib_2022, "a table of scib-2022");
    std::vector<ScibRow> rows;
    for (const char* name : {"nmi", "ari", "asw_label", "asw_batch", "graph_connectivity"}) rows.push_back(table.row(name));
    return totals_of(rows, [&](std::size_t r) { return rows[r].scaled; });
}

}  // namespace lexicell
