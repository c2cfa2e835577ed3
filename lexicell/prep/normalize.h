#pragma once
// Depth normalisation and log1p, as scanpy's normalize_total and log1p.

#include <cstdint>
#include <optional>
#include <vector>

#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct NormalizeOptions {
    // Sum of every cell afterwards; absent = the median total of the cells that are not empty.
    std::optional<double> target_sum = 1e4;
    // Leaves genes that hold more than max_fraction of some cell out of the totals.
    bool exclude_highly_expressed = false;
    double max_fraction = 0.05;
    int threads = 1;
};

struct Normalized {
    Matrix x;                      // N x G, sparse stays sparse
    std::vector<double> totals;    // N, before; without excluded genes
    std::vector<double> factors;   // N, totals / target_sum; an empty cell has 0 and stays empty
    std::vector<bool> in_totals;   // G, false for an excluded gene
    double target_sum = 0;
};

// x: N x G counts, taken over. Deviation from scanpy 1.11: its sparse path takes the median over empty cells too.
Normalized normalize_total(Matrix x, const NormalizeOptions& options = {});

// log(1 + x) of every value, in the given base (absent = e).
Matrix log1p_values(Matrix x, std::optional<double> base = std::nullopt, int threads = 1);

// log1p(normalize_total(counts)): natural logarithm of counts per `target_sum`, the field's log-CP10K.
CsrMatrix log_normalize(CsrMatrix counts, double target_sum = 1e4, int threads = 1);

// The same values alone, in the order in which `counts` stores them, for a matrix that somebody else owns and whose pattern
// stays: absent target_sum = the median total of the cells that are not empty.
std::vector<float> log_normalized_values(MatrixRef counts, std::optional<double> target_sum = 1e4, int threads = 1);

}  // namespace lexicell
