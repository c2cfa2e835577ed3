#pragma once
// What the modules owe to the words, to the cells, and to their pairing (scilama.md 8.4, the circularity trap): texts already
// hold function, so enrichment alone proves little.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/genes/gene_sets.h"

namespace lexicell {

// The same genes (G rows) placed in four ways; an empty matrix leaves its row out.
struct GenePlacements {
    DenseMatrix text;        // their static vectors
    DenseMatrix contextual;  // the trained gene embedding
    DenseMatrix shuffled;    // trained with the vectors given to other genes
    DenseMatrix expression;  // no words at all: loadings of the principal components
};

struct ModuleControl {
    std::string name;
    std::int32_t modules = 0;
    std::int64_t significant = 0;  // pairs of module and set with q < 0.05
    double specificity = 0;        // mean over modules of the share of their variance that lies between groups of cells
};

// The columns of several tables of the same G genes, next to each other.
DenseMatrix side_by_side(std::span<const DenseMatrix> tables);

// G x K loadings of log expression (N x G), each component scaled by its deviation: genes as expression alone places them.
DenseMatrix expression_placement(const CsrMatrix& logged, int components, std::uint64_t seed, int threads);

// Rows in the order of GenePlacements. genes: G names as in the sets; logged: N x G; groups: N codes.
std::vector<ModuleControl> module_controls(const GenePlacements& placements, std::span<const std::string> genes, std::span<const GeneSet> sets,
                                           const CsrMatrix& logged, std::span<const std::int32_t> groups, std::uint64_t seed, int threads);

}  // namespace lexicell
