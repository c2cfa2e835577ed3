#include "lexicell/prep/score_genes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

std::vector<std::int64_t> control_genes(MatrixRef logged, std::span<const std::int64_t> genes, const ScoreOptions& options) {
    const std::vector<double> mean = gene_moments(logged).mean;
    const auto size = static_cast<std::int64_t>(mean.size());
    std::vector<std::int64_t> order(size);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::int64_t g) { return mean[g]; });
    // scanpy: the smallest rank among equals, from 1, divided by the size of a bin.
    const auto per_bin = std::max<std::int64_t>(1, std::lrint(static_cast<double>(size) / (options.bins - 1)));
    std::vector<std::int64_t> bin(size);
    for (std::int64_t k = 0, first = 0; k < size; ++k) {
        if (mean[order[k]] != mean[order[first]]) first = k;
        bin[order[k]] = (first + 1) / per_bin;
    }
    const std::set<std::int64_t> in_set(genes.begin(), genes.end());
    std::set<std::int64_t> touched, out;
    for (const std::int64_t g : in_set) touched.insert(bin[g]);
    for (const std::int64_t b : touched) {
        std::vector<std::int64_t> members;
        for (std::int64_t g = 0; g < size; ++g)
            if (bin[g] == b) members.push_back(g);
        RandomStream random(random_key(options.seed, 0x73636f7265), static_cast<std::uint64_t>(b));
        if (static_cast<std::int64_t>(members.size()) > options.controls_per_bin) {
            shuffle(std::span(members), random);
            members.resize(options.controls_per_bin);
        }
        for (const std::int64_t g : members)
            if (!in_set.contains(g)) out.insert(g);
    }
    return {out.begin(), out.end()};
}

GeneScore score_against(MatrixRef logged, std::span<const std::int64_t> genes, std::span<const std::int64_t> controls) {
    LEXICELL_ASSERT(!genes.empty() && !controls.empty(), "an empty set of genes");
    std::vector<double> in_set(logged.cols()), in_controls(logged.cols());
    for (const std::int64_t g : genes) in_set[g] = 1;
    for (const std::int64_t g : controls) in_controls[g] = 1;
    const double set_size = std::accumulate(in_set.begin(), in_set.end(), 0.0);
    const double control_size = std::accumulate(in_controls.begin(), in_controls.end(), 0.0);
    GeneScore out{.controls = {controls.begin(), controls.end()}};
    for (std::int64_t r = 0; r < logged.rows(); ++r) {
        double a = 0, b = 0;
        logged.for_nonzero(r, [&](std::int64_t g, float v) {
            a += in_set[g] * v;
            b += in_controls[g] * v;
        });
        out.set_mean.push_back(a / set_size);
        out.control_mean.push_back(b / control_size);
        out.score.push_back(out.set_mean.back() - out.control_mean.back());
    }
    return out;
}

GeneScore score_genes(MatrixRef logged, std::span<const std::int64_t> genes, const ScoreOptions& options) {
    if (genes.empty()) throw Error(ErrorKind::precondition, {.type = "empty-gene-set", .message = "none of the set's genes is in the data"});
    const std::vector<std::int64_t> controls = control_genes(logged, genes, options);
    if (controls.empty())
        throw Error(ErrorKind::precondition, {.type = "no-control-genes", .message = "no gene of like expression is left to compare the set with",
                                              .hint = "give fewer genes or more control genes a bin"});
    return score_against(logged, genes, controls);
}

}  // namespace lexicell
