#include "lexicell/metrics/kbet_per_label.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "lexicell/base/parallel.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/diffusion_map.h"
#include "lexicell/metrics/kbet.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/strong_components.h"

namespace lexicell {
namespace {

constexpr int most_powers = 26;

int neighbourhood_size(const std::vector<std::int64_t>& batch_sizes) {
    const std::int64_t cells = std::accumulate(batch_sizes.begin(), batch_sizes.end(), std::int64_t{0});
    const std::int64_t quarter = cells / static_cast<std::int64_t>(batch_sizes.size()) / 4;  // floor(mean / 4)
    std::int64_t k0 = std::min<std::int64_t>(70, std::max<std::int64_t>(10, quarter));
    const std::int64_t limit = std::numeric_limits<std::int32_t>::max();
    if (k0 * cells >= limit) k0 = limit / cells;
    return static_cast<int>(k0);
}

// The graph of some cells and their batches.
struct Part {
    CsrMatrix graph;
    std::vector<std::int32_t> batches;

    Part(const CsrMatrix& whole, std::span<const std::int32_t> all_batches, std::span<const std::int64_t> cells)
        : graph(take_cols(take_rows(whole, cells), cells)), batches(compact_codes(all_batches, cells).codes) {}
};

// What of the label can be measured: all of it, or its components of at least 3 k0 cells, or nothing.
std::optional<Part> measurable(const Part& label, int k0) {
    const StrongComponents components = strong_components(label.graph);
    if (components.sizes.size() == 1) return label;
    std::vector<std::int64_t> kept;
    for (std::int64_t i = 0; i < label.graph.rows; ++i)
        if (components.sizes[components.component[i]] >= 3 * k0) kept.push_back(i);
    if (static_cast<double>(kept.size()) < 0.75 * static_cast<double>(label.graph.rows)) return std::nullopt;
    return Part(label.graph, label.batches, kept);
}

KnnGraph neighbours_in_diffusion_map(const CsrMatrix& graph, int k, std::int64_t components, int threads) {
    const DiffusionMap map = diffusion_map(graph, components);
    DenseMatrix points(graph.rows, static_cast<std::int64_t>(map.eigenvalues.size()));
    for (std::size_t c = 0; c < map.eigenvalues.size(); ++c) {
        // The reference works in float, where the first eigenvalue is exactly 1 and gets the weight 1.
        const double value = map.eigenvalues[c], weight = std::abs(value - 1) < 1e-6 ? 1 : value / (1 - value);
        for (std::int64_t i = 0; i < graph.rows; ++i) points(i, static_cast<std::int64_t>(c)) = static_cast<float>(map.vectors[c][i] * weight);
    }
    return knn(points, {.k = k, .threads = threads});
}

// Row i of T + T^2 + ... + T^powers, dense.
void walk_from(std::int64_t start, const CsrMatrix& graph, const std::vector<double>& degree, int powers, std::vector<double>& sum,
               std::vector<double>& here, std::vector<double>& next) {
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(here.begin(), here.end(), 0.0);
    here[start] = 1;
    for (int power = 0; power < powers; ++power) {
        std::fill(next.begin(), next.end(), 0.0);
        for (std::int64_t i = 0; i < graph.rows; ++i) {
            if (here[i] == 0) continue;
            for (std::int64_t e = graph.indptr[i]; e < graph.indptr[i + 1]; ++e)
                next[graph.indices[e]] += here[i] * graph.values[e] / degree[i];
        }
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += next[i];
        std::swap(here, next);
    }
}

// Powers of T until `start` has `wanted` entries; most_powers + 1 when that many do not suffice.
int powers_needed(std::int64_t start, const CsrMatrix& graph, std::int64_t wanted) {
    std::vector<bool> reached(static_cast<std::size_t>(graph.rows));
    std::vector<std::int64_t> frontier = {start};
    std::int64_t count = 0;
    for (int power = 1; power <= most_powers; ++power) {
        std::vector<std::int64_t> next;
        for (const std::int64_t i : frontier)
            for (const std::int32_t to : graph.row_indices(i))
                if (!reached[to]) reached[to] = true, next.push_back(to), ++count;
        if (count >= wanted) return power;
        frontier = std::move(next);
    }
    return most_powers + 1;
}

std::optional<KnnGraph> neighbours_by_walks(const CsrMatrix& graph, int k, int k0, int threads) {
    std::vector<int> needed(static_cast<std::size_t>(graph.rows));
    parallel_for(graph.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) needed[i] = powers_needed(i, graph, k0 + 1);
    });
    const int powers = std::max(3, *std::max_element(needed.begin(), needed.end()));
    if (powers > most_powers) return std::nullopt;
    std::vector<double> degree(static_cast<std::size_t>(graph.rows));
    for (std::int64_t i = 0; i < graph.rows; ++i)
        for (const float weight : graph.row_values(i)) degree[i] += weight;
    KnnGraph out{.points = graph.rows, .k = k};
    out.indices.resize(static_cast<std::size_t>(graph.rows * k));
    out.distances.resize(out.indices.size());
    parallel_for(graph.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> sum(degree.size()), here(degree.size()), next(degree.size());
        std::vector<std::int32_t> order(degree.size());
        for (std::int64_t i = begin; i < end; ++i) {
            walk_from(i, graph, degree, powers, sum, here, next);
            sum[i] = 0;
            std::iota(order.begin(), order.end(), 0);
            std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](std::int32_t a, std::int32_t b) {
                return sum[a] != sum[b] ? sum[a] > sum[b] : a < b;
            });
            std::copy_n(order.begin(), k, out.indices.begin() + i * k);
        }
    });
    return out;
}

// What is left to measure of one label.
struct LabelTask {
    std::size_t label = 0;
    Part part;
    int k0 = 0;
};

// begin(tasks) sees all labels in order; measure(task number, task) -> Score of one label, from any thread; a reason
// without value means "the reference scores 0 here".
template <class Begin, class Measure>
KbetPerLabel over_labels(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches, int threads,
                         Begin&& begin_tasks, Measure&& measure) {
    KbetPerLabel out;
    std::vector<LabelTask> tasks;
    std::vector<std::size_t> scored;
    for (const std::vector<std::int64_t>& cells : label_cells(labels, batches)) {
        KbetLabel row{.cells = static_cast<std::int64_t>(cells.size())};
        const std::vector<std::int64_t> sizes = compact_codes(batches, cells).sizes;
        if (cells.size() < 10 || sizes.size() < 2) {
            row.score = Score::not_available(cells.size() < 10 ? "fewer than 10 cells" : "one batch");
        } else {
            const int k0 = neighbourhood_size(sizes);
            scored.push_back(out.labels.size());
            if (std::optional<Part> part = measurable(Part(connectivities, batches, cells), k0)) tasks.push_back({out.labels.size(), std::move(*part), k0});
            else row.score = Score::not_available("it falls into components that are too small");
        }
        out.labels.push_back(std::move(row));
    }
    begin_tasks(tasks);
    parallel_for(static_cast<std::int64_t>(tasks.size()), 1, threads, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t t = first; t < last; ++t) out.labels[tasks[t].label].score = measure(static_cast<std::size_t>(t), tasks[t]);
    });
    double sum = 0;
    for (const std::size_t label : scored) {
        KbetLabel& row = out.labels[label];
        if (!row.score.available()) {
            row.quirk = row.score.reason;
            row.score = 0.0;
        }
        sum += row.score.value;
    }
    out.score = scored.empty() ? Score::not_available("no label has 10 cells and two batches") : Score(sum / static_cast<double>(scored.size()));
    return out;
}

}  // namespace

KbetPerLabel kbet_diffusion_map(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                                const KbetPerLabelOptions& options) {
    std::vector<std::int64_t> components;
    bool carried = false;
    KbetPerLabel out = over_labels(
        connectivities, labels, batches, options.threads,
        [&](const std::vector<LabelTask>& tasks) {
            std::int64_t most = options.components;
            for (const LabelTask& task : tasks) {
                carried = carried || (most < options.components && most < task.part.graph.rows - 1);
                components.push_back(std::min(most, task.part.graph.rows - 1));
                if (options.carry_component_count) most = components.back();
            }
        },
        [&](std::size_t number, const LabelTask& task) -> Score {
            if (task.part.graph.rows <= task.k0) return Score::not_available("it has fewer cells than its neighbourhoods need");
            return kbet(neighbours_in_diffusion_map(task.part.graph, task.k0, components[number], 1), task.part.batches, {.alpha = options.alpha}).acceptance;
        });
    out.carried = carried;
    return out;
}

KbetPerLabel kbet_walks(const CsrMatrix& connectivities, std::span<const std::int32_t> labels, std::span<const std::int32_t> batches,
                        const KbetPerLabelOptions& options) {
    return over_labels(
        connectivities, labels, batches, options.threads, [](const std::vector<LabelTask>&) {},
        [&](std::size_t, const LabelTask& task) -> Score {
            const std::optional<KnnGraph> graph = neighbours_by_walks(task.part.graph, task.k0 - 1, task.k0, 1);
            if (!graph) return Score::not_available("26 powers of the walk do not reach enough neighbours");
            return kbet(*graph, task.part.batches, {.alpha = options.alpha}).acceptance;
        });
}

}  // namespace lexicell
