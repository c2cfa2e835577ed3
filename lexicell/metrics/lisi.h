#pragma once
// Local inverse Simpson index: the effective number of labels or batches around each cell (Korsunsky et al., Nat
// Methods 2019; metrics.md 2.2 and 3).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/graph/knn.h"
#include "lexicell/metrics/score.h"

namespace lexicell {

struct LisiOptions {
    double perplexity = 30;  // effective number of neighbours; larger looks further. The references use k / 3
    int threads = 1;
};

// N values of 1 / sum_c (sum_(j in c) p_j)^2 over the neighbours j of a cell, p_j ~ exp(-beta d_j) with beta such that the
// entropy of p is log(perplexity): bisection from 1, at most 50 steps, tolerance 1e-5. Conventions of the references: an
// entropy of exactly 0 gives -1. NaN for a cell without neighbours. A neighbour whose code is below 0 counts as a class
// of its own. Lists of k neighbours here equal lists of k + 1 with the cell itself in scib-metrics, which gives the cell
// the weight 0.
std::vector<double> lisi(const KnnGraph& graph, std::span<const std::int32_t> codes, const LisiOptions& options = {});

// The index of one list: distances and codes of the neighbours.
double inverse_simpson(std::span<const double> distances, std::span<const std::int32_t> codes, double perplexity);

// Of the median m over cells with a value: (C - m) / (C - 1), 1 = neighbours of one label only (cLISI), and
// (m - 1) / (C - 1), 1 = batches evenly mixed (iLISI); C = distinct codes among all cells. Not available: one code.
Score clisi_score(std::span<const double> values, std::span<const std::int32_t> labels);
Score ilisi_score(std::span<const double> values, std::span<const std::int32_t> batches);

// Median of the values that are not NaN; not available without any.
Score median_of(std::span<const double> values);

}  // namespace lexicell
