#pragma once
// Harmony: principal components of cells without their batch effect (Korsunsky et al., Nat Methods 2019), and cells
// mapped onto a finished reference (Symphony; Kang et al., Nat Commun 2021).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

struct HarmonyOptions {
    std::optional<std::int32_t> clusters;  // absent: N / 30, at least 1 and at most 100; never more than N
    double theta = 2;      // weight of diversity: larger mixes batches more, 0 not at all
    double lambda = 1;     // ridge on a batch's shift, in cells, above 0; larger corrects small groups of cells less
    double sigma = 0.1;    // width of a cluster in squared cosine distance; larger shares a cell among more clusters
    int iterations = 10;   // clustering and correction, at most
    int rounds = 4;        // of clustering in an iteration, at most; 20 take longer and mix the same
    double block = 0.05;   // share of the cells assigned against the same counts; larger is faster and less exact
    // Relative fall of the objective a round (mean of three) and an iteration below which these end.
    double round_tolerance = 1e-3;
    double iteration_tolerance = 1e-2;
    std::uint64_t seed = 0;
    int threads = 1;
};

// What mapping needs of a reference: its clusters and, of each, the two terms that stand for all its cells.
struct HarmonyReference {
    DenseMatrix centroids;     // clusters x K, rows of length 1
    std::vector<double> mass;  // clusters: sum of the assignments R (Symphony's N_r)
    DenseMatrix sums;          // clusters x K: sum of R times corrected cell (Symphony's C)
    double sigma = 0.1, lambda = 1;
};

struct Harmony {
    DenseMatrix corrected;              // N x K
    HarmonyReference reference;
    std::vector<double> objective;      // one entry a round of clustering, all iterations
    std::vector<int> rounds;            // of each iteration
    bool converged = false;             // by the tolerance, not by the number of iterations
};

// points: N x K principal components, batch: N codes from 0. Alternates the two steps of the paper's online methods.
// Clustering: soft spherical k-means, assignments R_ki weighted by ((E_kb + 1) / (O_kb + 1))^theta; cells in blocks,
// O (cells of batch b in cluster k) and E (what independence gives) without the block at hand. Correction: in every
// cluster a ridge regression on batch, whose free intercept stays. Our own choices: the 1 beside O and E, a start by
// k-means on a sample and soft k-means on all cells, and cells visited in an order of their batch and coordinates, so
// that permuted cells give permuted rows bit for bit (codes exchanged between batches do not). One batch is returned as
// it is.
// Error(precondition): coordinates that are not finite, a code below 0. Error(usage): an option out of range.
// Error(interrupted) when the sink asks to stop.
Harmony harmony(const DenseMatrix& points, std::span<const std::int32_t> batch, const HarmonyOptions& options = {},
                Sink& sink = silence());

// points: N' x K of other cells, projected onto the reference's components; batch: N' codes of their own. They are
// assigned to the reference's centroids, and the ridge regression of every cluster counts the reference as cells of no
// batch, which stay where they are (Symphony, online methods). Returns N' x K in the space of Harmony::corrected.
// Error(precondition) as above, and for another number of components.
DenseMatrix map_query(const HarmonyReference& reference, const DenseMatrix& points, std::span<const std::int32_t> batch,
                      int threads = 1);

}  // namespace lexicell
