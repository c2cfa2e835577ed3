#pragma once
// Score of a gene set: its mean expression over that of control genes of like expression (Tirosh 2016), as scanpy's
// score_genes.

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/matrix_ref.h"

namespace lexicell {

struct ScoreOptions {
    int controls_per_bin = 50;  // drawn from every expression bin that the set touches
    int bins = 25;              // of mean expression, equally filled
    std::uint64_t seed = 0;     // of the draw; scanpy draws other genes
};

struct GeneScore {
    std::vector<double> score;                   // N, mean of the set minus mean of the controls
    std::vector<double> set_mean, control_mean;  // N
    std::vector<std::int64_t> controls;          // ascending
};

// Genes of like expression, without the set itself, ascending. logged: N x G; genes: the set, as columns.
std::vector<std::int64_t> control_genes(MatrixRef logged, std::span<const std::int64_t> genes, const ScoreOptions& options = {});

// Against controls at hand.
GeneScore score_against(MatrixRef logged, std::span<const std::int64_t> genes, std::span<const std::int64_t> controls);

// Error(precondition) when the set is empty or no control gene is found.
GeneScore score_genes(MatrixRef logged, std::span<const std::int64_t> genes, const ScoreOptions& options = {});

}  // namespace lexicell
