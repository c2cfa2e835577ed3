#pragma once
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/models/vae/scilama.h"

namespace lexicell {

// One table of static vectors: row r belongs to ids[r]. Views; ids are unique.
struct VectorSource {
    const std::vector<std::string>& ids;
    const DenseMatrix& vectors;
};

enum class GeneSet {
    union_of_sources,         // a gene needs a vector in one source; the fusion leaves out the others
    intersection_of_sources,  // in every one, as in the published model
};

// Joins genes and vectors by id, never by place (scilama.md 2, 12.1): keys, tied, vectors and present of the G genes, in
// their order. A gene without a vector stays a gene of the cells only.
ScilamaGenes pair_genes(std::span<const std::string> genes, const std::vector<VectorSource>& sources, GeneSet set);

}  // namespace lexicell
