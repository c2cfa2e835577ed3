#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix.h"
#include "lexicell/report/point_map.h"

namespace lexicell {

struct CellMapOptions {
    std::string title = "Cells";
    std::string axes = "UMAP";
    std::string colour_by;                    // an obs column, e.g. the clusters; "" = the first that can be drawn
    std::vector<std::string> first_genes;     // taken before all others: markers
    std::int64_t gene_bytes = 7'000'000;      // room for expression before base64 (x 4/3); genes beyond it are left out
    std::int64_t largest_page = 100'000;      // cells; more are thinned evenly at random, with a note
    int most_groups = 200;                    // a text column with more distinct values is left out
    std::uint64_t seed = 0;                   // of the thinning
};

// The cells of an embedding (N x 2), coloured by the columns of `obs` (N rows) and by genes. `expression` is N x G,
// log-normalised as a rule; genes enter by first_genes, then by descending variance, as long as they fit.
PointMap cell_map(const DenseMatrix& embedding, const Frame& obs, const Matrix& expression,
                  const std::vector<std::string>& genes, const CellMapOptions& options = {});

}  // namespace lexicell
