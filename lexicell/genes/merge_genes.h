#pragma once
// Columns that turned out to be the same gene become one, and what mapping did to the counts (formats.md 6, rules 6 and 8).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct MergeGenesOptions {
    // True: columns of one gene are summed. False (log values, scaled values): the one with the largest mean is kept.
    bool counts = true;
};

struct MergedGenes {
    CsrMatrix values;                 // N x G', unresolved columns left out
    std::vector<std::int32_t> genes;  // G', the gene of each column, in order of first appearance
    std::int64_t merged = 0;          // columns that were added to, or dropped for, another
    std::vector<double> before, after;  // N, row sums of the input and of `values`
    double median_kept = 1, worst_kept = 1;  // after / before over cells with anything before
};

// `gene_of_column`: G entries, -1 = unresolved.
MergedGenes merge_duplicate_genes(const CsrMatrix& values, std::span<const std::int32_t> gene_of_column,
                                  const MergeGenesOptions& options = {});

}  // namespace lexicell
