#pragma once
#include <string>
#include <utility>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"
#include "lexicell/report/point_map.h"

namespace lexicell {

struct GeneMapOptions {
    std::string title = "Genes";
    std::string axes = "UMAP";
    std::vector<std::pair<std::string, std::vector<float>>> numbers;  // further colourings, G values each
};

// The genes of an embedding (G x 2) with their modules; code -1 = in no module. A gene is found by its name.
PointMap gene_map(const DenseMatrix& embedding, const std::vector<std::string>& genes, const Categorical& modules,
                  const GeneMapOptions& options = {});

}  // namespace lexicell
