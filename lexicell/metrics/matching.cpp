#include "lexicell/metrics/matching.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/metrics/square_distance.h"

namespace lexicell {
namespace {

// Mean share of `others` strictly closer to a cell than its partner.
double closer_share(const DenseMatrix& cells, const DenseMatrix& others, int threads) {
    std::vector<double> shares(static_cast<std::size_t>(cells.rows));
    parallel_for(cells.rows, 64, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const double match = square_distance(cells.row(i), others.row(i));
            std::int64_t closer = 0;
            for (std::int64_t j = 0; j < others.rows; ++j) closer += square_distance(cells.row(i), others.row(j)) < match;
            shares[i] = static_cast<double>(closer) / static_cast<double>(others.rows);
        }
    });
    double sum = 0;
    for (const double share : shares) sum += share;
    return sum / static_cast<double>(shares.size());
}

std::vector<std::int32_t> sorted_hood(const KnnGraph& graph, std::int64_t i) {
    std::vector<std::int32_t> hood(graph.neighbours(i).begin(), graph.neighbours(i).end());
    hood.push_back(static_cast<std::int32_t>(i));
    std::sort(hood.begin(), hood.end());
    return hood;
}

}  // namespace

Score foscttm(const DenseMatrix& first, const DenseMatrix& second, int threads) {
    LEXICELL_ASSERT(first.rows == second.rows && first.cols == second.cols, "the same cells in one space");
    require_finite(first);
    require_finite(second);
    if (first.rows == 0) return Score::not_available("no cells");
    return (closer_share(first, second, threads) + closer_share(second, first, threads)) / 2;
}

int glue_neighbours(std::int64_t cells, double share) {
    return std::max(static_cast<int>(std::nearbyint(share * static_cast<double>(cells))), 1);
}

Score neighbour_average_precision(const KnnGraph& graph, std::span<const std::int32_t> labels) {
    LEXICELL_ASSERT(graph.points == static_cast<std::int64_t>(labels.size()), "one label a cell");
    double total = 0;
    std::int64_t cells = 0;
    for (std::int64_t i = 0; i < graph.points; ++i) {
        if (labels[i] < 0) continue;
        double hits = 0, sum = 0;
        for (int n = 0; n < graph.k; ++n)
            if (labels[graph.neighbours(i)[n]] == labels[i]) ++hits, sum += hits / (n + 1);
        total += hits > 0 ? sum / hits : 0;
        ++cells;
    }
    if (cells == 0 || graph.k == 0) return Score::not_available("no labelled cell has neighbours");
    return total / static_cast<double>(cells);
}

Score seurat_alignment(const DenseMatrix& points, std::span<const std::int32_t> batches, const SeuratAlignmentOptions& options) {
    LEXICELL_ASSERT(points.rows == static_cast<std::int64_t>(batches.size()), "one batch a cell");
    std::vector<std::vector<std::int64_t>> members = label_cells(batches);
    std::erase_if(members, [](const auto& cells) { return cells.empty(); });
    if (members.size() < 2) return Score::not_available("fewer than two batches");
    std::size_t smallest = members[0].size();
    for (const auto& cells : members) smallest = std::min(smallest, cells.size());
    double sum = 0;
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
        RandomStream random(random_key(options.seed, 0x7365), static_cast<std::uint64_t>(repeat));
        std::vector<std::int64_t> drawn;
        for (std::vector<std::int64_t> cells : members) {
            shuffle(std::span(cells), random);
            drawn.insert(drawn.end(), cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(smallest));
        }
        std::sort(drawn.begin(), drawn.end());
        const KnnGraph graph = knn(take_rows(points, drawn), {.k = glue_neighbours(static_cast<std::int64_t>(drawn.size()), options.share), .threads = options.threads});
        double same = 0;
        for (std::int64_t i = 0; i < graph.points; ++i)
            for (const std::int32_t n : graph.neighbours(i)) same += batches[drawn[n]] == batches[drawn[i]];
        const double k = graph.k, mean = same / static_cast<double>(graph.points), count = static_cast<double>(members.size());
        sum += std::min(1.0, (k - mean) * count / (k * (count - 1)));
    }
    return sum / options.repeats;
}

Score neighbour_conservation(const DenseMatrix& before, const DenseMatrix& after, std::span<const std::int32_t> batches, double share, int threads) {
    LEXICELL_ASSERT(before.rows == after.rows && before.rows == static_cast<std::int64_t>(batches.size()), "the same cells");
    const int k = glue_neighbours(before.rows, share);
    double sum = 0;
    std::int64_t scored = 0;
    for (const std::vector<std::int64_t>& cells : label_cells(batches)) {
        if (cells.size() < 2) continue;
        const KnnGraph old_graph = knn(take_rows(before, cells), {.k = k, .threads = threads});
        const KnnGraph new_graph = knn(take_rows(after, cells), {.k = k, .threads = threads});
        double of_batch = 0;
        for (std::int64_t i = 0; i < old_graph.points; ++i) {
            const std::vector<std::int32_t> a = sorted_hood(old_graph, i), b = sorted_hood(new_graph, i);
            std::vector<std::int32_t> both;
            std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
            of_batch += static_cast<double>(both.size()) / static_cast<double>(a.size() + b.size() - both.size());
        }
        sum += of_batch / static_cast<double>(cells.size());
        ++scored;
    }
    if (scored == 0) return Score::not_available("no batch of two cells");
    return sum / static_cast<double>(scored);
}

}  // namespace lexicell
