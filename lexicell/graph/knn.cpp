#include "lexicell/graph/knn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/graph/score_tile.h"

namespace lexicell {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t block_size = 192;  // points of a tile's side; whole panels, and a tile stays in the L2 cache
static_assert(block_size % tile_rows == 0 && block_size % tile_cols == 0 && block_size % 16 == 0);

std::int64_t padded(std::int64_t size) { return (size + block_size - 1) / block_size * block_size; }

void refuse_non_finite(const DenseMatrix& points) {
    for (std::int64_t i = 0; i < points.rows; ++i)
        for (const float value : points.row(i))
            if (!std::isfinite(value))
                throw Error(ErrorKind::precondition,
                            {.type = "non-finite-embedding",
                             .message = "neighbours need finite coordinates",
                             .found = std::to_string(value) + " in row " + std::to_string(i),
                             .hint = "remove these rows, or find the step that produced them"});
}

// Four partial sums in a fixed order: fast, and the same bits everywhere.
template <class Term>
double sum_of(std::int64_t size, const Term& term) {
    double sum[4] = {0, 0, 0, 0};
    std::int64_t d = 0;
    for (; d + 4 <= size; d += 4)
        for (int lane = 0; lane < 4; ++lane) sum[lane] += term(d + lane);
    for (; d < size; ++d) sum[0] += term(d);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double dot(std::span<const float> a, std::span<const float> b) {
    return sum_of(static_cast<std::int64_t>(a.size()),
                  [&](std::int64_t d) { return static_cast<double>(a[d]) * static_cast<double>(b[d]); });
}

std::vector<double> lengths(const DenseMatrix& points) {
    std::vector<double> length(static_cast<std::size_t>(points.rows));
    for (std::int64_t i = 0; i < points.rows; ++i) length[i] = std::sqrt(dot(points.row(i), points.row(i)));
    return length;
}

// What all points are shifted and scaled by before float scores are computed, so that these neither cancel badly nor
// overflow. Cosine brings rows to unit length instead.
struct Normaliser {
    KnnMetric metric;
    std::vector<double> shift;
    double scale = 1;  // a power of two

    Normaliser(const DenseMatrix& points, KnnMetric metric_) : metric(metric_), shift(static_cast<std::size_t>(points.cols)) {
        if (metric == KnnMetric::cosine) return;
        for (std::int64_t i = 0; i < points.rows; ++i)
            for (std::int64_t d = 0; d < points.cols; ++d) shift[d] += points(i, d);
        for (double& value : shift) value /= static_cast<double>(std::max<std::int64_t>(1, points.rows));
        double largest = 0;
        for (std::int64_t i = 0; i < points.rows; ++i)
            for (std::int64_t d = 0; d < points.cols; ++d) largest = std::max(largest, std::abs(points(i, d) - shift[d]));
        if (largest > 0) scale = std::ldexp(1.0, -std::ilogb(largest));
    }
    // Factor from the exact ranking (squared distance, or 1 - cos) to the unit of the float scores.
    double unit() const { return metric == KnnMetric::cosine ? 2.0 : scale * scale; }
};

// Points packed for score_tile. The norms carry a factor 1 - c, where c bounds twice over the relative rounding of a
// float sum of K products (K 2^-24 |x||y|: Higham, Accuracy and Stability, 3.1) and of the shift, so that
// score(x, y) = (1 - c)(|x|^2 + |y|^2) - 2<x, y> never exceeds the exact ranking.
struct Packed {
    std::vector<float> rows, cols, norms;

    Packed(const DenseMatrix& points, const Normaliser& normaliser) {
        const std::int64_t dimensions = points.cols, size = padded(points.rows);
        rows.resize(static_cast<std::size_t>(size * dimensions));
        cols.resize(rows.size());
        norms.assign(static_cast<std::size_t>(size), infinity);
        const bool cosine = normaliser.metric == KnnMetric::cosine;
        const double shrink = 1.0 - static_cast<double>(dimensions + 16) * 0x1p-23;
        for (std::int64_t i = 0; i < points.rows; ++i) {
            const double length = cosine ? std::sqrt(dot(points.row(i), points.row(i))) : 1.0;
            const double scale = !cosine ? normaliser.scale : length > 0 ? 1.0 / length : 0.0;
            double norm = 0;
            for (std::int64_t d = 0; d < dimensions; ++d) {
                const auto value = static_cast<float>((points(i, d) - normaliser.shift[d]) * scale);
                norm += static_cast<double>(value) * value;
                rows[(i / tile_rows * dimensions + d) * tile_rows + i % tile_rows] = value;
                cols[(i / tile_cols * dimensions + d) * tile_cols + i % tile_cols] = value;
            }
            norms[i] = static_cast<float>((cosine ? 1.0 : norm) * shrink);
        }
    }
};

// The k best references of every query so far. `limit` bounds the ranking of the k-th from above, in score units.
struct Best {
    std::int64_t k;
    std::vector<double> ranking;        // Q x k, ascending (ranking, index)
    std::vector<std::int32_t> indices;  // Q x k
    std::vector<std::int32_t> count;    // Q
    std::vector<float> limit;           // padded Q

    Best(std::int64_t queries, std::int64_t k_)
        : k(k_), ranking(static_cast<std::size_t>(queries * k_)), indices(ranking.size()),
          count(static_cast<std::size_t>(queries)), limit(static_cast<std::size_t>(padded(queries)), -infinity) {
        std::fill_n(limit.begin(), queries, infinity);
    }

    void offer(std::int64_t query, std::int32_t reference, double rank, double unit) {
        double* const ranks = ranking.data() + query * k;
        std::int32_t* const names = indices.data() + query * k;
        std::int64_t place = count[query];
        if (place == k) {
            if (std::pair(rank, reference) >= std::pair(ranks[k - 1], names[k - 1])) return;
            --place;
        } else {
            ++count[query];
        }
        for (; place > 0 && std::pair(rank, reference) < std::pair(ranks[place - 1], names[place - 1]); --place) {
            ranks[place] = ranks[place - 1];
            names[place] = names[place - 1];
        }
        ranks[place] = rank;
        names[place] = reference;
        if (count[query] == k)  // the small addend covers what float cannot resolve next to zero
            limit[query] = std::nextafter(static_cast<float>(ranks[k - 1] * unit + 0x1p-100), infinity);
    }
};

class Search {
public:
    Search(const DenseMatrix& queries, const DenseMatrix& references, std::int64_t k, const KnnOptions& options)
        : queries_(queries), references_(references), metric_(options.metric), itself_(&queries == &references),
          normaliser_(references, options.metric), packed_references_(references, normaliser_),
          best_(queries.rows, k), locks_(static_cast<std::size_t>(padded(queries.rows) / block_size)) {
        if (!itself_) packed_queries_.emplace(queries, normaliser_);
        if (metric_ == KnnMetric::cosine) {
            query_length_ = lengths(queries);
            reference_length_ = lengths(references);
        }
        const std::int64_t rows = padded(queries.rows) / block_size, cols = padded(references.rows) / block_size;
        // Among themselves, points are compared once; diagonal first, because neighbours are often stored nearby.
        for (std::int64_t distance = 0; distance < cols; ++distance)
            for (std::int64_t row = 0; row < rows; ++row)
                if (!itself_) tiles_.emplace_back(row, distance);
                else if (row + distance < cols) tiles_.emplace_back(row, row + distance);
        parallel_for(static_cast<std::int64_t>(tiles_.size()), 4, options.threads, [&](std::int64_t begin, std::int64_t end) {
            std::vector<float> scores(block_size * block_size);
            for (std::int64_t t = begin; t < end; ++t) compare(tiles_[t].first, tiles_[t].second, scores.data());
        });
    }

    KnnGraph result() const {
        KnnGraph graph{.points = queries_.rows, .k = static_cast<int>(best_.k), .indices = best_.indices};
        graph.distances.reserve(best_.ranking.size());
        for (const double rank : best_.ranking)
            graph.distances.push_back(static_cast<float>(metric_ == KnnMetric::euclidean ? std::sqrt(rank) : rank));
        return graph;
    }

private:
    double ranking(std::int64_t query, std::int64_t reference) const {
        const std::span<const float> a = queries_.row(query), b = references_.row(reference);
        if (metric_ == KnnMetric::euclidean)
            return sum_of(queries_.cols, [&](std::int64_t d) {
                const double difference = static_cast<double>(a[d]) - static_cast<double>(b[d]);
                return difference * difference;
            });
        const double scale = query_length_[query] * reference_length_[reference];
        return scale > 0 ? std::max(0.0, 1.0 - dot(a, b) / scale) : 1.0;
    }

    void compare(std::int64_t row_block, std::int64_t col_block, float* scores) {
        const Packed& rows = itself_ ? packed_references_ : *packed_queries_;
        const Packed& cols = packed_references_;
        const std::int64_t r0 = row_block * block_size, c0 = col_block * block_size, dimensions = queries_.cols;
        score_tile(rows.rows.data() + r0 * dimensions, rows.norms.data() + r0, block_size / tile_rows,
                   cols.cols.data() + c0 * dimensions, cols.norms.data() + c0, block_size / tile_cols, dimensions, scores);

        static const std::vector<float> nobody(block_size, -infinity);
        const bool both_ways = itself_ && row_block != col_block;
        std::unique_lock row_lock(locks_[row_block]), col_lock(locks_[both_ways ? col_block : row_block], std::defer_lock);
        if (both_ways) col_lock.lock();  // row_block < col_block: one order for all threads
        const float* const col_limits = both_ways ? best_.limit.data() + c0 : nobody.data();
        const double unit = normaliser_.unit();
        std::int32_t hits[block_size];
        for (std::int64_t r = 0; r < block_size && r0 + r < queries_.rows; ++r) {
            const float* const row_scores = scores + r * block_size;
            const std::int64_t query = r0 + r;
            const int found = scan_tile_row(row_scores, best_.limit[query], col_limits, block_size, hits);
            for (int h = 0; h < found; ++h) {
                const std::int64_t reference = c0 + hits[h];
                if (reference >= references_.rows || (itself_ && reference == query)) continue;
                const float score = row_scores[hits[h]];
                const bool for_row = score <= best_.limit[query], for_col = score <= col_limits[hits[h]];
                if (!for_row && !for_col) continue;
                const double rank = ranking(query, reference);
                if (for_row) best_.offer(query, static_cast<std::int32_t>(reference), rank, unit);
                if (for_col) best_.offer(reference, static_cast<std::int32_t>(query), rank, unit);
            }
        }
    }

    const DenseMatrix& queries_;
    const DenseMatrix& references_;
    KnnMetric metric_;
    bool itself_;  // the queries are the references
    Normaliser normaliser_;
    Packed packed_references_;
    std::optional<Packed> packed_queries_;
    std::vector<double> query_length_, reference_length_;  // cosine only
    Best best_;
    std::vector<std::mutex> locks_;  // one a block of queries
    std::vector<std::pair<std::int64_t, std::int64_t>> tiles_;
};

KnnGraph search(const DenseMatrix& queries, const DenseMatrix& references, std::int64_t candidates, const KnnOptions& options) {
    LEXICELL_ASSERT(queries.cols == references.cols, "queries and references have different dimensions");
    LEXICELL_ASSERT(references.rows <= std::numeric_limits<std::int32_t>::max(), "neighbours are 32-bit indices");
    refuse_non_finite(references);
    if (&queries != &references) refuse_non_finite(queries);
    const std::int64_t k = std::clamp<std::int64_t>(options.k, 0, std::max<std::int64_t>(0, candidates));
    if (k == 0 || queries.rows == 0) return {.points = queries.rows};
    return Search(queries, references, k, options).result();
}

}  // namespace

KnnGraph knn(const DenseMatrix& points, const KnnOptions& options) {
    return search(points, points, points.rows - 1, options);
}

KnnGraph knn(const DenseMatrix& queries, const DenseMatrix& references, const KnnOptions& options) {
    if (&queries == &references) return knn(queries, DenseMatrix(references), options);
    return search(queries, references, references.rows, options);
}

}  // namespace lexicell
