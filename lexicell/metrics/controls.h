#pragma once
// Embeddings that a score must tell from a real one, under the names of Open Problems (metrics.md 4.2). A metric that
// prefers a shuffle is saturated by nonsense.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct ControlEmbedding {
    std::string name;
    bool upper = false;  // knows the labels: what no method can beat on them
    DenseMatrix points;  // N rows
};

struct ControlOptions {
    double jitter = 0.01;  // of embed_cell_types_jittered: uniform in [-jitter, jitter)
    std::uint64_t seed = 0;
};

// Upper: embed_cell_types (one-hot labels), embed_cell_types_jittered. Lower: no_integration (`before` as it is),
// no_integration_batch (principal components of every batch by itself), shuffle_integration, shuffle_integration_by_batch,
// shuffle_integration_by_cell_type (rows of `before` permuted among all cells, within batches, within labels), random
// (standard normal, as wide as `before`). before: N x P, finite. labels, batches: N codes >= 0.
std::vector<ControlEmbedding> control_embeddings(const DenseMatrix& before, std::span<const std::int32_t> labels,
                                                 std::span<const std::int32_t> batches, const ControlOptions& options = {});

// The labels given to other cells at random: the control of scores that use no embedding.
std::vector<std::int32_t> permuted_labels(std::span<const std::int32_t> labels, std::uint64_t seed = 0);

}  // namespace lexicell
