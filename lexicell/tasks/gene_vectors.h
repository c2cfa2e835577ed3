#pragma once
// The gene side of a model as it enters training: the static vectors of its genes, brought to one scale.

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/text/gene_table.h"

namespace lexicell {

// How a source's raw vectors become the network's input; kept in the model folder so that genes never seen in training
// enter the same way.
struct VectorScale {
    std::vector<float> mean;  // D, subtracted; empty = nothing
    bool unit = false;        // then brought to length sqrt(D), so that a component has variance near 1
};
VectorScale fit_vector_scale(const DenseMatrix& vectors);             // P x D
void apply_vector_scale(const VectorScale& scale, DenseMatrix& vectors);

// S sources for P genes: rows of zeros where a source lacks the gene.
struct GeneVectors {
    std::vector<std::string> sources;            // S names
    std::vector<std::string> hashes;             // S
    std::vector<VectorScale> scales;             // S
    std::vector<DenseMatrix> tables;             // S of P x D
    std::vector<std::vector<bool>> present;      // S of P
    std::int64_t covered(std::size_t source) const;  // genes that a source knows
    std::vector<bool> in_any() const;            // P
    std::vector<bool> in_all() const;            // P
};

// Rows of every table for these ids ("" = none). With `standardise`, each source is centred over its own genes and its
// rows brought to length sqrt(D) (scilama.md B, P1); without, vectors enter as they are (the published form).
GeneVectors take_gene_vectors(const std::vector<GeneTable>& tables, const std::vector<std::string>& ids, bool standardise);

}  // namespace lexicell
