#pragma once
// Marker genes by group: the colour of a dot is the mean expression, its area the share of cells that express the gene.

#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/report/figure.h"

namespace lexicell {

struct DotPlotOptions {
    std::string title = "Marker genes";
    std::string group_name = "group";
    // Means of each gene are scaled to [0, 1] over the groups, so that weak markers show too; the table keeps the means.
    bool scale_genes = true;
};

// `mean` and `share` are groups x genes: mean (log-normalised) expression, and share of cells above zero in [0, 1].
// `blocks`, if not empty, names for each gene the group it marks; a change of name draws a border.
Figure dot_plot(const std::vector<std::string>& groups, const std::vector<std::string>& genes, const DenseMatrix& mean,
                const DenseMatrix& share, const std::vector<std::string>& blocks = {}, const DotPlotOptions& options = {});

}  // namespace lexicell
