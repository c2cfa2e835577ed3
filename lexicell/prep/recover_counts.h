#pragma once
// Whole numbers back from log1p(target * count / total): the way out when a file was published without its counts.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct RecoverOptions {
    // The sum that each cell was scaled to before the logarithm; only used with known totals.
    double target_sum = 1e4;
    // Base of the logarithm; absent = e.
    std::optional<double> base;
    // Without totals, a cell's smallest value may stand for 1, 2, ... up to this count; larger finds more cells whose
    // rarest gene has several counts, and admits more accidents.
    int largest_minimum = 20;
    // Share of values that may fit several whole numbers at their stored precision before the result is refused.
    double largest_ambiguous_share = 1e-3;
    int threads = 1;
};

struct RecoveredCounts {
    CsrMatrix counts;            // N x G
    std::vector<double> scale;   // N, counts per unit of expm1(value): total / target_sum; 0 for an empty cell
    double half_step = 0;        // values are trusted to +- this (0: to single precision); found from their decimals
    double worst_deviation = 0;  // largest |value - log1p(count / scale)|
    std::int64_t ambiguous = 0;  // values that fit several whole numbers; the nearest was taken
    // Without totals: cells whose smallest value was found to stand for more than 1, and cells with one distinct value
    // only, where the scale cannot be known and 1 was assumed.
    std::int64_t raised_cells = 0, assumed_cells = 0;
};

// logged: N x G, finite and not negative. `totals` (N, e.g. obs n_counts of the whole transcriptome) when known, else
// each cell's scale is found from its smallest value. Every value confines the scale to an interval (stored precision
// included), the intervals of a cell are intersected from its smallest value up, and an empty intersection means that the
// cell does not come from whole numbers: Error(precondition) "not-recoverable" names the cell ("already-whole": the values
// are counts themselves).
RecoveredCounts recover_counts(MatrixRef logged, std::optional<std::span<const double>> totals = std::nullopt,
                               const RecoverOptions& options = {});

}  // namespace lexicell
