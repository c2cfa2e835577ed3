#pragma once
#include "lexicell/data/dataset.h"

namespace lexicell {

// Genes from a panel of probes (read_10x_h5.h): counts of probes with one value in var "gene_ids" are summed, in the
// order of the first probe of each. var is named by "gene_name" where there is one. Error(precondition) when var has no
// "gene_ids". Only the counts, their axes and obs remain.
Dataset collapse_probes(const Dataset& probes);

}  // namespace lexicell
