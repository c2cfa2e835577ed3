#pragma once
// Modules of genes that lie together in the latent space (scilama.md 8.4, steps 1, 2 and 4).

#include <cstdint>
#include <span>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"

namespace lexicell {

struct GeneModuleOptions {
    enum class Weights { snn, cosine };
    int k = 15;                       // cosine neighbours of a gene; larger gives broader modules
    Weights weights = Weights::snn;   // shared neighbours (Jaccard), or the cosine itself (negative ones are dropped)
    double resolution = 1.0;          // larger gives more and smaller modules
    int restarts = 10;
    std::int64_t smallest = 5;        // smaller modules become unassigned
    int bootstraps = 10;              // repetitions behind `stability`
    double bootstrap_share = 0.8;     // genes of each repetition
    std::uint64_t seed = 0;
    int threads = 1;
};

struct GeneModules {
    std::vector<std::int32_t> module;  // G: 0 = the largest, -1 = unassigned
    std::int32_t modules = 0;
    double modularity = 0;
    std::vector<double> stability;     // a module: mean best-match Jaccard over repetitions on a share of the genes
};

// `genes` is G x K (posterior means). Rows are centred and brought to unit length first.
GeneModules gene_modules(const DenseMatrix& genes, const GeneModuleOptions& options = {});

// Mean over `others` of the best Jaccard index that a module of `reference` reaches there. Genes below 0 in another
// partition are in none of its modules; -2 means that the gene took no part, and it is left out. For repetitions that
// retrain the model on other cells or with other seeds.
std::vector<double> module_stability(std::span<const std::int32_t> reference, std::span<const std::vector<std::int32_t>> others);

// How much of the variance of a module's mean expression lies between groups of cells (eta squared, in [0, 1]): its
// specificity to the tissue at hand. `expression` is N x G, `groups` N codes (below 0 takes no part).
std::vector<double> module_specificity(const CsrMatrix& expression, std::span<const std::int32_t> module, std::span<const std::int32_t> groups);

}  // namespace lexicell
