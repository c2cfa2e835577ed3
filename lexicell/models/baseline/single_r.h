#pragma once
// SingleR: the label whose reference profiles a cell correlates with best (Aran et al., Nat Immunol 2019), through the
// library singlepp.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct SingleROptions {
    std::optional<int> markers;         // of one class against another; absent: 500 (2/3)^(log2 C), as SingleR has it
    double quantile = 0.8;              // of a class's correlations that is its score; larger listens to fewer profiles
    double fine_tune_threshold = 0.05;  // classes this close to the best are compared again by their own markers
    std::uint64_t seed = 0;
    int threads = 1;
};

// One marker: a gene that class `label` has more of than class `other`.
struct SingleRMarker {
    std::int32_t label, other, gene;  // gene: index into SingleRReference::genes
};

struct SingleRReference {
    std::int32_t classes = 0;             // C
    std::vector<std::int32_t> genes;      // S columns of the reference that are a marker of any pair, ascending
    DenseMatrix profiles;                 // P x S log-normalised values
    std::vector<std::int32_t> labels;     // P codes
    std::vector<SingleRMarker> markers;   // by pair of classes, the strongest of a pair first
};

// logged: N x G log-normalised values, labels: N codes in [0, classes). Markers are the largest differences of the
// classes' means; SingleR's medians are 0 for most genes of single cells. The n cells of a class become about sqrt(n)
// profiles, means of k-means clusters in 20 principal components (SingleR's aggregateReference), so that large
// references stay usable. Error(precondition): no gene tells any two classes apart.
SingleRReference single_r_reference(const CsrMatrix& logged, std::span<const std::int32_t> labels, std::int32_t classes,
                                    const SingleROptions& options = {});

struct SingleR {
    std::vector<std::int32_t> label;  // N' codes after fine-tuning
    DenseMatrix scores;               // N' x C Spearman correlations before it; -1 for a class without profiles
    std::vector<double> delta;        // N': lead of the label in the last round of fine-tuning; NaN when alone in it
};

// query: N' x G values of the same genes; only their ranks within a cell count.
SingleR single_r(const SingleRReference& reference, const CsrMatrix& query, const SingleROptions& options = {});

}  // namespace lexicell
