#include "lexicell/metrics/scgraph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/metrics/correlation.h"
#include "lexicell/metrics/finite_points.h"
#include "lexicell/metrics/label_cells.h"

namespace lexicell {
namespace {

using Cells = std::vector<std::int64_t>;
using Square = std::vector<std::vector<double>>;  // [column][row], NaN where unknown

std::vector<double> trimmed_centroid(const DenseMatrix& points, const Cells& cells, double trim) {
    const auto cut = static_cast<std::size_t>(trim * static_cast<double>(cells.size()));
    std::vector<double> centroid, values;
    for (std::int64_t d = 0; d < points.cols; ++d) {
        values.clear();
        for (const std::int64_t cell : cells) values.push_back(points(cell, d));
        std::sort(values.begin(), values.end());
        double sum = 0;
        for (std::size_t i = cut; i + cut < values.size(); ++i) sum += values[i];
        centroid.push_back(sum / static_cast<double>(values.size() - 2 * cut));
    }
    return centroid;
}

void divide_columns(Square& distances) {
    for (std::vector<double>& column : distances) {
        double largest = 0;
        for (const double value : column)
            if (!std::isnan(value)) largest = std::max(largest, value);
        if (largest > 0)
            for (double& value : column) value /= largest;
    }
}

// members: cells by label; labels without cells are unknown.
Square centroid_distances(const DenseMatrix& points, const std::vector<Cells>& members, double trim) {
    std::vector<std::vector<double>> centroids;
    for (const Cells& cells : members) centroids.push_back(cells.empty() ? std::vector<double>{} : trimmed_centroid(points, cells, trim));
    Square out(members.size(), std::vector<double>(members.size(), std::numeric_limits<double>::quiet_NaN()));
    for (std::size_t a = 0; a < members.size(); ++a)
        for (std::size_t b = 0; b < members.size(); ++b) {
            if (members[a].empty() || members[b].empty()) continue;
            double square = 0;
            for (std::size_t d = 0; d < centroids[a].size(); ++d) square += (centroids[a][d] - centroids[b][d]) * (centroids[a][d] - centroids[b][d]);
            out[a][b] = std::sqrt(square);
        }
    divide_columns(out);
    return out;
}

}  // namespace

ScGraph scgraph(const DenseMatrix& embedding, const DenseMatrix& batch_components, std::span<const std::int32_t> labels,
                std::span<const std::int32_t> batches, const ScGraphOptions& options) {
    LEXICELL_ASSERT(embedding.rows == batch_components.rows && embedding.rows == static_cast<std::int64_t>(labels.size()), "the same cells");
    LEXICELL_ASSERT(options.trim >= 0 && options.trim < 0.5, "a share to cut at either end");
    require_finite(embedding);
    require_finite(batch_components);
    std::vector<Cells> members = label_cells(labels);
    std::erase_if(members, [&](const Cells& cells) { return static_cast<std::int64_t>(cells.size()) < options.label_cells; });
    ScGraph out{.labels = static_cast<std::int64_t>(members.size()), .trim = options.trim};

    Square sum(members.size(), std::vector<double>(members.size())), count = sum;
    const std::vector<Cells> by_batch = label_cells(batches);
    for (std::size_t batch = 0; batch < by_batch.size(); ++batch) {
        if (by_batch[batch].empty() || static_cast<std::int64_t>(by_batch[batch].size()) < options.batch_cells) continue;
        ++out.batches;
        std::vector<Cells> inside = members;
        for (Cells& cells : inside) std::erase_if(cells, [&](std::int64_t cell) { return batches[cell] != static_cast<std::int32_t>(batch); });
        const Square distances = centroid_distances(batch_components, inside, options.trim);
        for (std::size_t a = 0; a < members.size(); ++a)
            for (std::size_t b = 0; b < members.size(); ++b)
                if (!std::isnan(distances[a][b])) sum[a][b] += distances[a][b], ++count[a][b];
    }
    for (std::size_t a = 0; a < members.size(); ++a)
        for (std::size_t b = 0; b < members.size(); ++b)
            sum[a][b] = count[a][b] > 0 ? sum[a][b] / count[a][b] : std::numeric_limits<double>::quiet_NaN();
    divide_columns(sum);

    const Square found = centroid_distances(embedding, members, options.trim);
    double totals[3] = {};
    std::int64_t scored = 0;
    for (std::size_t a = 0; a < members.size(); ++a) {
        std::vector<double> x, y, weights;
        for (std::size_t b = 0; b < members.size(); ++b) {
            if (std::isnan(sum[a][b])) continue;
            x.push_back(found[a][b]);
            y.push_back(sum[a][b]);
            weights.push_back(sum[a][b] > 0 ? 1 / sum[a][b] : 0);
        }
        if (x.size() < 3) continue;
        const Score columns[] = {spearman(x, y).coefficient, pearson(x, y).coefficient, weighted_pearson(x, y, weights)};
        if (!columns[0].available() || !columns[1].available() || !columns[2].available()) continue;
        for (int s = 0; s < 3; ++s) totals[s] += columns[s].value;
        ++scored;
    }
    Score* const scores[] = {&out.rank_pca, &out.corr_pca, &out.corr_weighted};
    for (int s = 0; s < 3; ++s)
        *scores[s] = scored > 0 ? Score(totals[s] / static_cast<double>(scored)) : Score::not_available("fewer than three labels have a consensus");
    return out;
}

}  // namespace lexicell
