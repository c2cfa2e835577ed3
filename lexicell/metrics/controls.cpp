#include "lexicell/metrics/controls.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/label_cells.h"
#include "lexicell/graph/symmetric_eigen.h"

namespace lexicell {
namespace {

constexpr std::uint64_t jitter_site = 0x6a69, shuffle_site = 0x7368, random_site = 0x726e;

DenseMatrix one_hot(std::span<const std::int32_t> labels) {
    const std::int32_t most = labels.empty() ? -1 : *std::max_element(labels.begin(), labels.end());
    DenseMatrix out(static_cast<std::int64_t>(labels.size()), most + 1);
    for (std::size_t i = 0; i < labels.size(); ++i) out(static_cast<std::int64_t>(i), labels[i]) = 1;
    return out;
}

// Rows permuted within groups; every group has its own stream.
DenseMatrix shuffled_within(const DenseMatrix& points, std::span<const std::int32_t> groups, std::uint64_t key) {
    std::vector<std::int64_t> source(groups.size());
    const std::vector<std::vector<std::int64_t>> members = label_cells(groups);
    for (std::size_t g = 0; g < members.size(); ++g) {
        std::vector<std::int64_t> from = members[g];
        RandomStream random(key, g);
        shuffle(std::span(from), random);
        for (std::size_t i = 0; i < from.size(); ++i) source[members[g][i]] = from[i];
    }
    return take_rows(points, source);
}

// Scores on the principal components of the rows, as many as `points` has columns.
DenseMatrix own_components(const DenseMatrix& points) {
    const std::int64_t width = points.cols;
    std::vector<double> mean(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t d = 0; d < width; ++d) mean[d] += points(i, d) / static_cast<double>(points.rows);
    std::vector<double> covariance(static_cast<std::size_t>(width * width));
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t a = 0; a < width; ++a)
            for (std::int64_t b = 0; b < width; ++b) covariance[a * width + b] += (points(i, a) - mean[a]) * (points(i, b) - mean[b]);
    const EigenPairs pairs = largest_eigenpairs(width, width, [&](std::span<const double> x, std::span<double> y) {
        for (std::int64_t a = 0; a < width; ++a) y[a] = std::inner_product(x.begin(), x.end(), covariance.begin() + a * width, 0.0);
    });
    DenseMatrix out(points.rows, width);
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (std::int64_t c = 0; c < width; ++c) {
            double score = 0;
            for (std::int64_t d = 0; d < width; ++d) score += (points(i, d) - mean[d]) * pairs.vectors[c][d];
            out(i, c) = static_cast<float>(score);
        }
    return out;
}

DenseMatrix components_by_batch(const DenseMatrix& before, std::span<const std::int32_t> batches) {
    DenseMatrix out(before.rows, before.cols);
    for (const std::vector<std::int64_t>& cells : label_cells(batches)) {
        const DenseMatrix own = own_components(take_rows(before, cells));
        for (std::size_t i = 0; i < cells.size(); ++i) std::copy_n(own.row(static_cast<std::int64_t>(i)).begin(), own.cols, out.row(cells[i]).begin());
    }
    return out;
}

}  // namespace

std::vector<ControlEmbedding> control_embeddings(const DenseMatrix& before, std::span<const std::int32_t> labels,
                                                 std::span<const std::int32_t> batches, const ControlOptions& options) {
    LEXICELL_ASSERT(before.rows == static_cast<std::int64_t>(labels.size()) && labels.size() == batches.size(), "one label and batch a cell");
    DenseMatrix jittered = one_hot(labels), noise(before.rows, before.cols);
    RandomStream jitter(random_key(options.seed, jitter_site)), normal(random_key(options.seed, random_site));
    for (float& value : jittered.values) value += static_cast<float>(options.jitter * (2 * jitter.uniform() - 1));
    for (float& value : noise.values) value = static_cast<float>(normal.normal());
    const std::uint64_t key = random_key(options.seed, shuffle_site);
    const std::vector<std::int32_t> one_group(labels.size(), 0);
    return {{.name = "embed_cell_types", .upper = true, .points = one_hot(labels)},
            {.name = "embed_cell_types_jittered", .upper = true, .points = std::move(jittered)},
            {.name = "no_integration", .points = before},
            {.name = "no_integration_batch", .points = components_by_batch(before, batches)},
            {.name = "shuffle_integration", .points = shuffled_within(before, one_group, key)},
            {.name = "shuffle_integration_by_batch", .points = shuffled_within(before, batches, key)},
            {.name = "shuffle_integration_by_cell_type", .points = shuffled_within(before, labels, key)},
            {.name = "random", .points = std::move(noise)}};
}

std::vector<std::int32_t> permuted_labels(std::span<const std::int32_t> labels, std::uint64_t seed) {
    std::vector<std::int32_t> out(labels.begin(), labels.end());
    RandomStream random(random_key(seed, shuffle_site));
    shuffle(std::span(out), random);
    return out;
}

}  // namespace lexicell
