#pragma once
// Distances of two groups of cells in an embedding (metrics.md 6.4). Every variant has a name: with or without the
// pairs of a cell with itself the numbers differ, and so do they with another kernel width.

#include <optional>

#include "lexicell/data/matrix.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct EnergyDistanceOptions {
    bool squared = false;      // squared Euclidean distances
    bool self_pairs = false;   // within means over all n^2 pairs (V statistic, cell-eval) instead of n (n - 1) (pertpy)
    int threads = 1;
};

// 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Szekely & Rizzo 2013). x: n x D, y: m x D. Not available: an empty group, or a
// group of one cell without self pairs.
Score energy_distance(const DenseMatrix& x, const DenseMatrix& y, const EnergyDistanceOptions& options = {});

struct MeanDiscrepancyOptions {
    std::optional<double> gamma;  // of k = exp(-gamma |x - y|^2); absent = 1 / D. Larger sees finer differences
    bool self_pairs = false;      // as above; their kernel is 1
    int threads = 1;
};

// MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y) (Gretton et al., JMLR 2012). Not available: as above.
Score mean_discrepancy(const DenseMatrix& x, const DenseMatrix& y, const MeanDiscrepancyOptions& options = {});

// Median distance over the pairs i < j of both groups pooled; gamma = 1 / (2 median^2) is the usual kernel width.
Score median_pairwise_distance(const DenseMatrix& x, const DenseMatrix& y);

}  // namespace lexicell
