#pragma once
// Which gene sets a module holds more of than chance (scilama.md 8.4, step 3).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/genes/gene_sets.h"

namespace lexicell {

struct OverRepresentationOptions {
    std::int64_t smallest_set = 5;    // genes a set must have in the universe; smaller sets are dropped
    std::int64_t largest_set = 500;   // larger sets say little
    std::int64_t smallest_overlap = 2;  // pairs below are tested (they count in the correction) and not reported
};

struct OverRepresentation {
    std::int32_t module = 0;
    std::string set;
    std::int64_t overlap = 0;         // genes of the module in the set
    std::int64_t module_size = 0;     // genes of the module in the universe
    std::int64_t set_size = 0;        // genes of the set in the universe
    double fold = 0;                  // overlap / expected overlap
    double p = 1, q = 1;              // P(X >= overlap), and Benjamini-Hochberg over all (module, set) pairs
    std::vector<std::string> genes;   // the overlap, in the order given
};

struct OverRepresentationResult {
    std::int64_t universe = 0;             // genes given that occur in at least one set
    std::int64_t sets = 0;                 // sets that were tested
    std::vector<OverRepresentation> pairs; // by module, then p, then set; overlap >= smallest_overlap
};

// `genes` are unique names, `modules[i]` the module of gene i (below 0: in none; it still belongs to the universe).
OverRepresentationResult over_representation(std::span<const std::string> genes, std::span<const std::int32_t> modules,
                                             std::span<const GeneSet> sets, const OverRepresentationOptions& options = {});

}  // namespace lexicell
