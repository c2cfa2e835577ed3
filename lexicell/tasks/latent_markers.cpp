#include "lexicell/tasks/latent_markers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "lexicell/base/error.h"
#include "lexicell/base/parallel.h"
#include "lexicell/base/random.h"
#include "lexicell/metrics/benjamini_hochberg.h"

namespace lexicell {
namespace {

constexpr std::int64_t gene_grain = 64;

void refuse_non_finite(const DenseMatrix& latents, const char* of_what) {
    for (const float value : latents.values)
        if (!std::isfinite(value))
            throw Error(ErrorKind::precondition, {.type = "non-finite-embedding",
                                                  .message = std::string("marker scores need finite latents of ") + of_what,
                                                  .found = std::to_string(value)});
}

// Groups x K: mean of the group minus mean of all other labelled cells, and the means themselves.
struct GroupMeans {
    std::vector<double> difference, mean;
};

class Design {
public:
    Design(const DenseMatrix& cells, std::span<const std::int32_t> labels) : cells_(cells) {
        for (std::int64_t i = 0; i < cells.rows; ++i)
            if (labels[i] >= 0) {
                members_.push_back(i);
                groups_ = std::max<std::int64_t>(groups_, labels[i] + 1);
            }
        sizes_.resize(static_cast<std::size_t>(groups_));
        total_.resize(static_cast<std::size_t>(cells.cols));
        for (const std::int64_t i : members_) {
            ++sizes_[labels[i]];
            for (std::int64_t k = 0; k < cells.cols; ++k) total_[k] += cells(i, k);
        }
        for (double& value : total_) value /= static_cast<double>(std::max<std::size_t>(1, members_.size()));
    }
    std::int64_t groups() const { return groups_; }
    std::int64_t size(std::int64_t group) const { return sizes_[group]; }
    const std::vector<std::int64_t>& members() const { return members_; }
    bool comparable(std::int64_t group) const { return sizes_[group] > 0 && sizes_[group] < static_cast<std::int64_t>(members_.size()); }

    // Latents are taken relative to the overall mean, which cancels in the differences and keeps their digits.
    GroupMeans means(std::span<const std::int32_t> labels_of_members) const {
        const std::int64_t width = cells_.cols;
        GroupMeans out{.difference = std::vector<double>(static_cast<std::size_t>(groups_ * width))};
        for (std::size_t m = 0; m < members_.size(); ++m)
            for (std::int64_t k = 0; k < width; ++k) out.difference[labels_of_members[m] * width + k] += cells_(members_[m], k) - total_[k];
        out.mean = out.difference;
        const auto all = static_cast<double>(members_.size());
        for (std::int64_t g = 0; g < groups_; ++g)
            for (std::int64_t k = 0; k < width; ++k) {
                const double sum = out.difference[g * width + k], size = static_cast<double>(sizes_[g]);
                out.mean[g * width + k] = size > 0 ? sum / size + total_[k] : 0;
                out.difference[g * width + k] = comparable(g) ? sum / size + sum / (all - size) : 0;  // the others sum to -sum
            }
        return out;
    }
    // K x K, divided by the number of cells.
    std::vector<double> covariance() const {
        const std::int64_t width = cells_.cols;
        std::vector<double> matrix(static_cast<std::size_t>(width * width));
        for (const std::int64_t i : members_)
            for (std::int64_t a = 0; a < width; ++a)
                for (std::int64_t b = 0; b <= a; ++b) matrix[a * width + b] += (cells_(i, a) - total_[a]) * (cells_(i, b) - total_[b]);
        for (std::int64_t a = 0; a < width; ++a)
            for (std::int64_t b = 0; b <= a; ++b)
                matrix[b * width + a] = matrix[a * width + b] /= static_cast<double>(members_.size());
        return matrix;
    }

private:
    const DenseMatrix& cells_;
    std::vector<std::int64_t> members_;  // labelled cells
    std::vector<std::int64_t> sizes_;
    std::vector<double> total_;
    std::int64_t groups_ = 0;
};

std::vector<std::vector<std::size_t>> blocks_of(std::span<const std::int32_t> strata, const std::vector<std::int64_t>& members) {
    std::map<std::int32_t, std::vector<std::size_t>> blocks;
    for (std::size_t m = 0; m < members.size(); ++m) blocks[strata.empty() ? 0 : strata[members[m]]].push_back(m);
    std::vector<std::vector<std::size_t>> out;
    for (auto& [stratum, positions] : blocks) out.push_back(std::move(positions));
    return out;
}

double product(const double* a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t k = 0; k < b.size(); ++k) sum += a[k] * b[k];
    return sum;
}

}  // namespace

LatentMarkerResult latent_markers(const DenseMatrix& cells, const DenseMatrix& genes, std::span<const std::int32_t> labels,
                                  std::span<const float> bias, std::span<const std::int32_t> strata,
                                  const LatentMarkerOptions& options) {
    LEXICELL_ASSERT(cells.cols == genes.cols, "cells and genes share one latent space");
    LEXICELL_ASSERT(cells.rows == static_cast<std::int64_t>(labels.size()), "one label a cell");
    LEXICELL_ASSERT(bias.empty() || genes.rows == static_cast<std::int64_t>(bias.size()), "one bias a gene");
    LEXICELL_ASSERT(strata.empty() || strata.size() == labels.size(), "one stratum a cell");
    refuse_non_finite(cells, "cells");
    refuse_non_finite(genes, "genes");
    const Design design(cells, labels);
    std::int64_t comparable = 0;
    for (std::int64_t g = 0; g < design.groups(); ++g) comparable += design.comparable(g);
    if (comparable < 2)
        throw Error(ErrorKind::precondition, {.type = "too-few-groups", .message = "markers need at least two groups of cells",
                                              .found = std::to_string(comparable)});

    const std::int64_t width = cells.cols, groups = design.groups();
    std::vector<std::int32_t> order;
    for (const std::int64_t i : design.members()) order.push_back(labels[i]);
    const GroupMeans observed = design.means(order);
    const std::vector<double> covariance = design.covariance();

    // Permuted differences are small (R x T x K) and shared by all genes.
    const std::vector<std::vector<std::size_t>> blocks = blocks_of(strata, design.members());
    std::vector<std::vector<double>> permuted(static_cast<std::size_t>(options.permutations));
    parallel_for(options.permutations, 8, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
            RandomStream random(random_key(options.seed, 0x6d61726b), static_cast<std::uint64_t>(r));
            std::vector<std::int32_t> shuffled(order.size()), values;
            for (const std::vector<std::size_t>& block : blocks) {
                values.clear();
                for (const std::size_t m : block) values.push_back(order[m]);
                shuffle(std::span(values), random);
                for (std::size_t b = 0; b < block.size(); ++b) shuffled[block[b]] = values[b];
            }
            permuted[r] = design.means(shuffled).difference;
        }
    });

    const auto size = static_cast<std::size_t>(groups * genes.rows);
    LatentMarkerResult result{.groups = groups, .genes = genes.rows, .score = std::vector<double>(size),
                              .absolute = std::vector<double>(size), .effect = std::vector<double>(size),
                              .p = std::vector<double>(size, 1.0), .q = std::vector<double>(size, 1.0)};
    parallel_for(genes.rows, gene_grain, options.threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t j = begin; j < end; ++j) {
            const std::span<const float> gene = genes.row(j);
            double variance = 0;
            for (std::int64_t a = 0; a < width; ++a) variance += gene[a] * product(covariance.data() + a * width, gene);
            const double deviation = std::abs(options.scale) * std::sqrt(std::max(variance, 0.0));
            for (std::int64_t g = 0; g < groups; ++g) {
                const std::size_t at = static_cast<std::size_t>(g * genes.rows + j);
                result.absolute[at] = options.scale * product(observed.mean.data() + g * width, gene) + (bias.empty() ? 0.0 : bias[j]);
                if (!design.comparable(g)) continue;
                const double score = options.scale * product(observed.difference.data() + g * width, gene);
                const double slack = 1e-12 * (std::abs(score) + deviation);  // a permutation that changes nothing counts
                std::int64_t as_large = 0;
                for (const std::vector<double>& difference : permuted)
                    as_large += options.scale * product(difference.data() + g * width, gene) >= score - slack;
                result.score[at] = score;
                result.effect[at] = deviation > 0 ? score / deviation : 0;
                result.p[at] = static_cast<double>(1 + as_large) / static_cast<double>(1 + options.permutations);
            }
        }
    });
    for (std::int64_t g = 0; g < groups; ++g) {
        const auto row = static_cast<std::ptrdiff_t>(g * genes.rows);
        std::ranges::copy(benjamini_hochberg(std::span(result.p).subspan(static_cast<std::size_t>(row), static_cast<std::size_t>(genes.rows))),
                          result.q.begin() + row);
    }
    return result;
}

std::vector<std::int64_t> markers_of(const LatentMarkerResult& result, std::int64_t group, const MarkerFilter& filter) {
    LEXICELL_ASSERT(group >= 0 && group < result.groups, "no such group");
    const double* const effect = result.effect.data() + group * result.genes;
    const double* const q = result.q.data() + group * result.genes;
    std::vector<std::int64_t> genes;
    for (std::int64_t j = 0; j < result.genes; ++j)
        if (q[j] < filter.max_q && effect[j] > filter.min_effect) genes.push_back(j);
    std::stable_sort(genes.begin(), genes.end(), [&](std::int64_t a, std::int64_t b) { return effect[a] > effect[b]; });
    return genes;
}

DonorMeans donor_means(const DenseMatrix& cells, std::span<const std::int32_t> labels, std::span<const std::int32_t> donors) {
    LEXICELL_ASSERT(labels.size() == donors.size() && cells.rows == static_cast<std::int64_t>(labels.size()), "one label and donor a cell");
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::int64_t>> pairs;
    for (std::int64_t i = 0; i < cells.rows; ++i)
        if (labels[i] >= 0 && donors[i] >= 0) pairs[{donors[i], labels[i]}].push_back(i);
    DonorMeans out{.cells = DenseMatrix(static_cast<std::int64_t>(pairs.size()), cells.cols)};
    std::int64_t row = 0;
    for (const auto& [pair, members] : pairs) {
        for (std::int64_t k = 0; k < cells.cols; ++k) {
            double sum = 0;
            for (const std::int64_t i : members) sum += cells(i, k);
            out.cells(row, k) = static_cast<float>(sum / static_cast<double>(members.size()));
        }
        out.donors.push_back(pair.first);
        out.labels.push_back(pair.second);
        ++row;
    }
    return out;
}

}  // namespace lexicell
