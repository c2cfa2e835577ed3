#include "lexicell/models/baseline/harmony.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/kmeans.h"
#include "lexicell/models/baseline/batch_order.h"
#include "lexicell/models/baseline/tile_product.h"
#include "lexicell/nn/cpu/cpu_clones.h"
#include "lexicell/nn/cpu/vector_math.h"

namespace lexicell {

namespace {

constexpr std::int64_t kTile = 48;             // cells whose coordinates and assignments stay in cache together
constexpr std::int64_t kFewest = 12 * kTile;   // cells of one partial sum: fewer are not worth a thread
constexpr std::int64_t kPiece = 64 * kTile;    // of one batch in one partial sum
constexpr std::int64_t kSampledCells = 16;     // a cluster, for the k-means start
constexpr int kStartIterations = 1;            // of k-means; soft ones on all cells cost less
constexpr int kPlainRounds = 5;                // of clustering without a regard for batches, before the first with it
constexpr std::ptrdiff_t kWindow = 3;          // rounds: the order of the blocks makes single ones go up and down

using Sums = std::vector<double>;
using Floats = std::vector<float>;

void add_to(Sums& total, const Floats& part) {
    for (std::size_t i = 0; i < part.size(); ++i) total[i] += part[i];
}

// Cells sorted by batch, then coordinates; rows are padded with zeros to whole vectors.
struct Cells {
    std::int64_t count = 0, width = 0;   // N, K padded
    bool one_batch = false;
    std::vector<std::int64_t> order;     // N: the caller's row of each cell
    std::vector<std::int64_t> in_batch;  // B: cells of each batch
    std::vector<std::int32_t> batch;     // N, ascending
    Floats points;                       // N x width

    std::int64_t batches() const { return std::ssize(in_batch); }
};

Cells sorted_cells(const DenseMatrix& points, std::span<const std::int32_t> batch) {
    BatchOrder sorted = order_by_batch(points, batch);
    Cells cells{.count = points.rows,
                .width = padded_to_lanes(points.cols),
                .one_batch = sorted.batches_with_cells() == 1,
                .order = std::move(sorted.rows),
                .in_batch = std::move(sorted.in_batch)};
    cells.points.resize(static_cast<std::size_t>(cells.count * cells.width));
    for (std::int64_t i = 0; i < cells.count; ++i) {
        cells.batch.push_back(batch[cells.order[i]]);
        std::ranges::copy(points.row(cells.order[i]), cells.points.begin() + i * cells.width);
    }
    return cells;
}

DenseMatrix in_callers_order(const Cells& cells, const Floats& points, std::int64_t components) {
    DenseMatrix out(cells.count, components);
    for (std::int64_t i = 0; i < cells.count; ++i)
        std::copy_n(points.begin() + i * cells.width, components, out.row(cells.order[i]).begin());
    return out;
}

// Runs of at most kPiece cells of one batch.
struct Piece {
    std::int64_t begin, end;
    std::int32_t batch;
};

std::vector<Piece> pieces_of(const Cells& cells) {
    std::vector<Piece> pieces;
    std::int64_t first = 0;
    for (std::int32_t b = 0; b < cells.batches(); ++b)
        for (const std::int64_t last = first + cells.in_batch[b]; first < last; first = pieces.back().end)
            pieces.push_back({first, std::min(last, first + kPiece), b});
    return pieces;
}

// Softmax of scale * (similarity - 1) + penalty in place; returns the logarithm of its denominator. The padding
// of a row has a penalty so low that its shares are 0.
LEXICELL_CPU_CLONES double soft_assign(float* __restrict row, const float* __restrict penalty, float scale,
                                       std::int64_t span) {
    for (std::int64_t k = 0; k < span; ++k) row[k] = scale * (row[k] - 1.0f) + penalty[k];
    // A maximum is turned into vector code only when it is written as such.
    typedef float Lanes __attribute__((vector_size(tile_lanes * sizeof(float)), aligned(4), may_alias));
    const Lanes* const vectors = reinterpret_cast<const Lanes*>(row);  // auto would forget the alignment
    Lanes most = vectors[0];
    for (std::int64_t v = 1; v < span / tile_lanes; ++v) most = vectors[v] > most ? vectors[v] : most;
    float highest = most[0];
    for (int l = 1; l < tile_lanes; ++l) highest = std::max(highest, most[l]);
    // Shares near the smallest float make each product that reads them many times slower; below e^-34 they are 0.
    const float least = exp_lane(-34.0f);
    for (std::int64_t k = 0; k < span; ++k) row[k] = exp_lane(std::max(row[k] - highest, -34.0f)) - least;
    Lanes sums = vectors[0];
    for (std::int64_t v = 1; v < span / tile_lanes; ++v) sums += vectors[v];
    float sum = 0;
    for (int l = 0; l < tile_lanes; ++l) sum += sums[l];
    const float inverse = 1.0f / sum;
    for (std::int64_t k = 0; k < span; ++k) row[k] *= inverse;
    return highest + std::log(sum);
}

LEXICELL_CPU_CLONES void add_row(float* total, const float* row, std::int64_t size) {
    for (std::int64_t k = 0; k < size; ++k) total[k] += row[k];
}

void normalise(float* row, std::int64_t width) {
    double squares = 0;
    for (std::int64_t d = 0; d < width; ++d) squares += static_cast<double>(row[d]) * row[d];
    const auto scale = static_cast<float>(squares > 0 ? 1 / std::sqrt(squares) : 0);
    for (std::int64_t d = 0; d < width; ++d) row[d] *= scale;
}

// Soft assignments of cells to clusters, with their sums kept up to date.
class SoftClusters {
public:
    SoftClusters(const Cells& cells, std::int64_t clusters, double sigma, int threads)
        : cells_(cells), clusters_(clusters), span_(padded_to_lanes(clusters)), scale_(static_cast<float>(2 / sigma)),
          threads_(threads), pieces_(pieces_of(cells)), unit_(cells.points),
          assigned_(static_cast<std::size_t>(cells.count * span_)),
          centroids_(static_cast<std::size_t>(cells.width * span_)),
          observed_(static_cast<std::size_t>(cells.batches() * span_)),
          sums_(static_cast<std::size_t>(span_ * cells.width)) {
        for (std::int64_t i = 0; i < cells.count; ++i) normalise(&unit_[i * cells.width], cells.width);
    }

    std::int64_t clusters() const { return clusters_; }
    std::int64_t span() const { return span_; }
    const Floats& unit() const { return unit_; }
    const Sums& observed() const { return observed_; }  // B x span: O of the paper
    float centroid(std::int64_t k, std::int64_t d) const { return centroids_[d * span_ + k]; }
    void set_centroid(std::int64_t k, auto&& row) {
        for (std::size_t d = 0; d < row.size(); ++d) centroids_[d * span_ + k] = static_cast<float>(row[d]);
    }

    // Y_k = sum_i R_ki z_i, of length 1; a cluster without cells stays where it is.
    void move_centroids() {
        for (std::int64_t k = 0; k < clusters_; ++k) {
            const double* sum = &sums_[k * cells_.width];
            const double length = std::sqrt(std::inner_product(sum, sum + cells_.width, sum, 0.0));
            if (length <= 0) continue;
            for (std::int64_t d = 0; d < cells_.width; ++d)
                centroids_[d * span_ + k] = static_cast<float>(sum[d] / length);
        }
    }

    // Clears the sums that a whole round of assign() fills again.
    void begin_round() { std::ranges::fill(sums_, 0.0); }
    void forget() {
        begin_round();
        std::ranges::fill(observed_, 0.0);
    }

    // penalty: B x span, added to the logits. The members' earlier assignments must have been taken out of `observed`.
    // Returns sum_i sum_k R_ki (|z_i - Y_k|^2 / sigma + log R_ki) of the members.
    double assign(std::span<const std::int64_t> members, const Floats& penalty) {
        struct Part {
            Floats observed, sums;
            double energy = 0;
        };
        const std::int64_t grain = std::max(kFewest, (std::ssize(members) / 32 + kTile) / kTile * kTile);
        std::vector<Part> parts((members.size() + grain - 1) / grain);
        parallel_for(std::ssize(members), grain, threads_, [&](std::int64_t begin, std::int64_t end) {
            Part part{Floats(observed_.size()), Floats(sums_.size())};
            Floats points(static_cast<std::size_t>(kTile * cells_.width));
            Floats shares(static_cast<std::size_t>(kTile * span_));
            for (std::int64_t first = begin; first < end; first += kTile) {
                const std::int64_t size = std::min(kTile, end - first);
                for (std::int64_t t = 0; t < size; ++t)
                    std::copy_n(&unit_[members[first + t] * cells_.width], cells_.width, &points[t * cells_.width]);
                std::ranges::fill(shares, 0.0f);
                add_product({points.data(), size, cells_.width, cells_.width, 1}, centroids_.data(), span_,
                            shares.data());
                for (std::int64_t t = 0; t < size; ++t) {
                    const std::int64_t i = members[first + t];
                    float* const row = &shares[t * span_];
                    part.energy -= soft_assign(row, &penalty[cells_.batch[i] * span_], scale_, span_);
                    add_row(&part.observed[cells_.batch[i] * span_], row, span_);
                    std::copy_n(row, span_, &assigned_[i * span_]);
                }
                add_product({shares.data(), span_, size, 1, span_}, points.data(), cells_.width, part.sums.data());
            }
            parts[begin / grain] = std::move(part);
        });
        double energy = 0;
        Sums added(observed_.size());
        for (const Part& part : parts) {
            add_to(added, part.observed);
            add_to(sums_, part.sums);
            energy += part.energy;
        }
        for (std::size_t i = 0; i < added.size(); ++i) {
            observed_[i] += added[i];
            energy += added[i] * penalty[i];
        }
        return energy;
    }

    // What the members add to `observed` at present: B x span.
    Floats observed_of(std::span<const std::int64_t> members) const {
        Floats out(observed_.size());
        for (const std::int64_t i : members) add_row(&out[cells_.batch[i] * span_], &assigned_[i * span_], span_);
        return out;
    }
    void take_out(const Floats& members) {
        for (std::size_t i = 0; i < members.size(); ++i) observed_[i] -= members[i];
    }

    // B x span x width: sum over the cells of a batch of R_ki times its row of `points` (N x width).
    Sums weighted_sums(const Floats& points) const {
        const std::int64_t size = span_ * cells_.width;
        std::vector<Floats> parts(pieces_.size());
        parallel_for(std::ssize(pieces_), 1, threads_, [&](std::int64_t p, std::int64_t) {
            parts[p].resize(static_cast<std::size_t>(size));
            for (std::int64_t i = pieces_[p].begin; i < pieces_[p].end; i += kTile)
                add_product({&assigned_[i * span_], span_, std::min(kTile, pieces_[p].end - i), 1, span_},
                            &points[i * cells_.width], cells_.width, parts[p].data());
        });
        Sums out(static_cast<std::size_t>(cells_.batches() * size));
        for (std::size_t p = 0; p < parts.size(); ++p)
            for (std::int64_t e = 0; e < size; ++e) out[pieces_[p].batch * size + e] += parts[p][e];
        return out;
    }

    // N x width: every point moved by the shifts (B x span x width) of its batch, weighted by its assignments.
    Floats moved(const Floats& shifts) const {
        Floats out = cells_.points;
        parallel_for(std::ssize(pieces_), 1, threads_, [&](std::int64_t p, std::int64_t) {
            const auto [begin, end, batch] = pieces_[p];
            add_product({&assigned_[begin * span_], end - begin, span_, span_, 1},
                        &shifts[batch * span_ * cells_.width], cells_.width, &out[begin * cells_.width]);
        });
        return out;
    }

    // Clusters go on from other points (N x width) with the assignments that they have.
    void set_points(const Floats& points) {
        unit_ = points;
        parallel_for(cells_.count, 4096, threads_, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) normalise(&unit_[i * cells_.width], cells_.width);
        });
        const Sums by_batch = weighted_sums(unit_);
        std::ranges::fill(sums_, 0.0);
        for (std::size_t e = 0; e < by_batch.size(); ++e) sums_[e % sums_.size()] += by_batch[e];
    }

private:
    const Cells& cells_;
    std::int64_t clusters_, span_;  // span: clusters, padded
    float scale_;
    int threads_;
    std::vector<Piece> pieces_;
    Floats unit_;        // N x width, rows of length 1
    Floats assigned_;    // N x span: R of the paper
    Floats centroids_;   // width x span: Y of the paper
    Sums observed_;      // B x span
    Sums sums_;          // span x width: of R times unit
};

// In each cluster the ridge regression of points on (1, batch), matrix [[n + n_ref, o^T], [o, diag(o + lambda)]] and
// right-hand side [sum_b s_b + s_ref, s_b]; harmony() has no terms of a reference. Without the batches there remain
//   w_0 = (s_ref + lambda sum_b s_b / (o_b + lambda)) / (n_ref + lambda sum_b o_b / (o_b + lambda)),
//   w_b = (s_b - o_b w_0) / (o_b + lambda),
// so that no system is solved. Returns -w_b, B x span x width.
Floats batch_shifts(const SoftClusters& soft, const Cells& cells, double lambda,
                    const HarmonyReference* reference = nullptr) {
    const Sums sums = soft.weighted_sums(cells.points);
    Floats shifts(sums.size());
    const std::int64_t span = soft.span(), size = span * cells.width;
    std::vector<double> intercept(static_cast<std::size_t>(cells.width));
    for (std::int64_t k = 0; k < soft.clusters(); ++k) {
        const auto o = [&](std::int64_t b) { return std::max(soft.observed()[b * span + k], 0.0); };
        double mass = reference ? reference->mass[k] : 0;
        std::ranges::fill(intercept, 0.0);
        if (reference) std::ranges::copy(reference->sums.row(k), intercept.begin());
        for (std::int64_t b = 0; b < cells.batches(); ++b) {
            const double weight = lambda / (o(b) + lambda);
            mass += weight * o(b);
            for (std::int64_t d = 0; d < cells.width; ++d)
                intercept[d] += weight * sums[b * size + k * cells.width + d];
        }
        if (mass <= 0) continue;
        for (double& value : intercept) value /= mass;
        for (std::int64_t b = 0; b < cells.batches(); ++b)
            for (std::int64_t d = 0; d < cells.width; ++d) {
                const std::int64_t e = b * size + k * cells.width + d;
                shifts[e] = static_cast<float>((o(b) * intercept[d] - sums[e]) / (o(b) + lambda));
            }
    }
    return shifts;
}

// theta log((E + 1) / (O + 1)), B x span; the padding gets what no cell can be assigned to. The 1 keeps a batch that a
// cluster lacks from an infinite pull.
Floats diversity_penalty(const SoftClusters& soft, const Cells& cells, double theta) {
    Floats penalty(soft.observed().size(), -1e30f);
    for (std::int64_t k = 0; k < soft.clusters(); ++k) {
        const auto observed = [&](std::int64_t b) { return std::max(soft.observed()[b * soft.span() + k], 0.0); };
        double mass = 0;
        for (std::int64_t b = 0; b < cells.batches(); ++b) mass += observed(b);
        for (std::int64_t b = 0; b < cells.batches(); ++b) {
            const double expected = mass * static_cast<double>(cells.in_batch[b]) / static_cast<double>(cells.count);
            penalty[b * soft.span() + k] = static_cast<float>(theta * std::log((expected + 1) / (observed(b) + 1)));
        }
    }
    return penalty;
}

void start_centroids(SoftClusters& soft, const Cells& cells, std::int64_t components, const HarmonyOptions& options) {
    const std::int64_t sampled = std::min(cells.count, kSampledCells * soft.clusters());
    DenseMatrix sample(sampled, components);
    for (std::int64_t s = 0; s < sampled; ++s)
        std::copy_n(soft.unit().begin() + s * cells.count / sampled * cells.width, components, sample.row(s).begin());
    const KmeansOptions start{.clusters = static_cast<std::int32_t>(soft.clusters()), .iterations = kStartIterations,
                              .seed = options.seed, .threads = options.threads};
    DenseMatrix centres = kmeans(sample, start).centres;
    for (std::int64_t k = 0; k < soft.clusters(); ++k) {
        normalise(centres.row(k).data(), components);
        soft.set_centroid(k, centres.row(k));
    }
}

// Without a regard for batches.
void assign_everyone(SoftClusters& soft, const Cells& cells) {
    std::vector<std::int64_t> everyone(static_cast<std::size_t>(cells.count));
    std::iota(everyone.begin(), everyone.end(), std::int64_t{0});
    soft.forget();
    soft.assign(everyone, diversity_penalty(soft, cells, 0));
}

// One round of maximum diversity clustering; returns the objective after it.
double cluster_round(SoftClusters& soft, const Cells& cells, const HarmonyOptions& options, std::uint64_t round) {
    RandomStream random(random_key(options.seed, 0x6861726d), round);
    const std::vector<std::int64_t> shuffled = random_permutation(cells.count, random);
    const auto block = static_cast<std::int64_t>(std::ceil(static_cast<double>(cells.count) * options.block));
    const std::int64_t blocks = (cells.count + block - 1) / block;
    const auto members = [&](std::int64_t b) {
        return std::span(shuffled).subspan(b * block, std::min(block, cells.count - b * block));
    };
    std::vector<Floats> before(blocks);
    parallel_for(blocks, 1 + 4096 / block, options.threads, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t b = first; b < last; ++b) before[b] = soft.observed_of(members(b));
    });
    soft.move_centroids();
    soft.begin_round();
    double energy = 0;
    for (std::int64_t b = 0; b < blocks; ++b) {
        soft.take_out(before[b]);
        energy += soft.assign(members(b), diversity_penalty(soft, cells, options.theta));
    }
    const Floats penalty = diversity_penalty(soft, cells, options.theta);
    for (std::int64_t b = 0; b < cells.batches(); ++b)
        for (std::int64_t k = 0; k < soft.clusters(); ++k)
            energy -= soft.observed()[b * soft.span() + k] * penalty[b * soft.span() + k];
    return options.sigma * energy;
}

bool settled(double before, double now, double tolerance) { return before - now <= tolerance * std::abs(before); }

HarmonyReference reference_of(const SoftClusters& soft, const Cells& cells, const Floats& corrected,
                              std::int64_t components, const HarmonyOptions& options) {
    HarmonyReference out{.centroids = DenseMatrix(soft.clusters(), components),
                         .mass = std::vector<double>(static_cast<std::size_t>(soft.clusters())),
                         .sums = DenseMatrix(soft.clusters(), components),
                         .sigma = options.sigma,
                         .lambda = options.lambda};
    const Sums sums = soft.weighted_sums(corrected);
    for (std::int64_t k = 0; k < soft.clusters(); ++k) {
        for (std::int64_t b = 0; b < cells.batches(); ++b) out.mass[k] += soft.observed()[b * soft.span() + k];
        for (std::int64_t d = 0; d < components; ++d) {
            double sum = 0;
            for (std::int64_t b = 0; b < cells.batches(); ++b) sum += sums[(b * soft.span() + k) * cells.width + d];
            out.sums(k, d) = static_cast<float>(sum);
            out.centroids(k, d) = soft.centroid(k, d);
        }
    }
    return out;
}

void require_options(const HarmonyOptions& o) {
    const auto require = [](bool holds, const std::string& key, const std::string& expected) {
        if (!holds)
            throw Error(ErrorKind::usage, {.type = "harmony-option",
                                           .message = "an option of Harmony is out of range",
                                           .key = key,
                                           .expected = expected});
    };
    require(!o.clusters || *o.clusters > 0, "clusters", "above 0");
    require(o.theta >= 0 && std::isfinite(o.theta), "theta", "0 or more");
    require(o.lambda > 0 && std::isfinite(o.lambda), "lambda", "above 0");
    require(o.sigma > 0 && std::isfinite(o.sigma), "sigma", "above 0");
    require(o.block > 0 && o.block <= 1, "block", "above 0, at most 1");
    require(o.iterations > 0 && o.rounds > 0, "iterations, rounds", "above 0");
}

}  // namespace

Harmony harmony(const DenseMatrix& points, std::span<const std::int32_t> batch, const HarmonyOptions& options,
                Sink& sink) {
    require_options(options);
    const Cells cells = sorted_cells(points, batch);
    Harmony out{.corrected = points};
    if (cells.count == 0) return out;
    const std::int64_t suggested = std::clamp<std::int64_t>(cells.count / 30, 1, 100);
    const std::int64_t clusters = std::min<std::int64_t>(options.clusters.value_or(suggested), cells.count);
    SoftClusters soft(cells, clusters, options.sigma, options.threads);
    start_centroids(soft, cells, points.cols, options);
    assign_everyone(soft, cells);
    for (int round = 1; round < kPlainRounds; ++round) {
        soft.move_centroids();
        assign_everyone(soft, cells);
    }

    Floats corrected = cells.points;
    std::optional<double> last;
    while (std::ssize(out.rounds) < options.iterations && !out.converged) {
        out.rounds.push_back(0);
        for (bool done = false; !done && out.rounds.back() < options.rounds; ++out.rounds.back()) {
            if (sink.stop_requested())
                throw Error(ErrorKind::interrupted, {.type = "stopped", .message = "Harmony was asked to stop"});
            const double objective = cluster_round(soft, cells, options, out.objective.size());
            out.objective.push_back(objective);
            done = out.rounds.back() >= kWindow
                   && settled(out.objective.end()[-1 - kWindow], objective, kWindow * options.round_tolerance);
            sink.progress({.stage = "Harmony",
                           .done = out.rounds.size(),
                           .total = static_cast<std::uint64_t>(options.iterations),
                           .figures = {{"objective", objective}}});
        }
        out.converged = cells.one_batch || (last && settled(*last, out.objective.back(), options.iteration_tolerance));
        last = out.objective.back();
        if (cells.one_batch) break;
        corrected = soft.moved(batch_shifts(soft, cells, options.lambda));
        soft.set_points(corrected);
    }
    soft.move_centroids();

    out.corrected = in_callers_order(cells, corrected, points.cols);
    out.reference = reference_of(soft, cells, corrected, points.cols, options);
    return out;
}

DenseMatrix map_query(const HarmonyReference& reference, const DenseMatrix& points, std::span<const std::int32_t> batch,
                      int threads) {
    if (points.cols != reference.centroids.cols)
        throw Error(ErrorKind::precondition, {.type = "other-components",
                                              .message = "the query has other components than the reference",
                                              .found = std::to_string(points.cols),
                                              .expected = std::to_string(reference.centroids.cols)});
    const Cells cells = sorted_cells(points, batch);
    if (cells.count == 0) return points;
    SoftClusters soft(cells, reference.centroids.rows, reference.sigma, threads);
    for (std::int64_t k = 0; k < soft.clusters(); ++k) soft.set_centroid(k, reference.centroids.row(k));
    assign_everyone(soft, cells);
    return in_callers_order(cells, soft.moved(batch_shifts(soft, cells, reference.lambda, &reference)), points.cols);
}

}  // namespace lexicell
