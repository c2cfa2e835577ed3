#pragma once
// sciLaMA's marker score: how far the cells of a group lie in the direction of a gene (scilama.md 8.3). Works on plain
// latents, so genes that were never measured are scored too.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct LatentMarkerOptions {
    double scale = 1;                    // a_z of the model, the factor of <z_i, z_j>
    std::int64_t permutations = 1000;    // R of the null; more resolves smaller p, at least 1 / (R + 1)
    std::uint64_t seed = 0;
    int threads = 1;
};

// One row a group (codes 0 .. T-1 of the labels), one column a gene.
struct LatentMarkerResult {
    std::int64_t groups = 0, genes = 0;
    std::vector<double> score;     // T x G: a <mean of the group - mean of the others, z_j>
    std::vector<double> absolute;  // T x G: a <mean of the group, z_j> + b_j, the expected scaled expression
    std::vector<double> effect;    // T x G: score / standard deviation over cells of a <z_i, z_j>; 0 where that is 0
    std::vector<double> p;         // T x G: (1 + permutations with a score as large) / (1 + R), one-sided
    std::vector<double> q;         // T x G: Benjamini-Hochberg over the genes of a group
};

// `cells` is N x K, `genes` G x K; `labels` N codes, below 0 takes no part; `bias` has G entries or none (zeros). With
// `strata` (N codes >= 0, e.g. donors or batches) labels are permuted within strata only. The permutation p measures
// separation in the latent: it is too small when the groups were clustered from the same data, and it saturates for
// thousands of cells; rank by effect. Error precondition: fewer than two groups, or latents that are not finite.
LatentMarkerResult latent_markers(const DenseMatrix& cells, const DenseMatrix& genes, std::span<const std::int32_t> labels,
                                  std::span<const float> bias = {}, std::span<const std::int32_t> strata = {},
                                  const LatentMarkerOptions& options = {});

struct MarkerFilter {
    double max_q = 0.05;
    double min_effect = 0.25;  // larger keeps only genes that separate the group by more of their own spread
};

// Genes of a group that pass both, by descending effect.
std::vector<std::int64_t> markers_of(const LatentMarkerResult& result, std::int64_t group, const MarkerFilter& filter = {});

// One row a pair of donor and label that has cells: their mean. For donor-level tests, where donors are the replicates.
struct DonorMeans {
    DenseMatrix cells;                 // pairs x K
    std::vector<std::int32_t> labels;  // of each pair
    std::vector<std::int32_t> donors;
};
DonorMeans donor_means(const DenseMatrix& cells, std::span<const std::int32_t> labels, std::span<const std::int32_t> donors);

}  // namespace lexicell
