#pragma once
// A matrix as coloured cells: confusion of labels, a score by group.

#include <optional>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/report/figure.h"

namespace lexicell {

struct HeatmapOptions {
    std::string title;
    std::string row_name, column_name;     // what a row and a column is: "true label", "predicted label"
    std::string value_name;                // what the colour means
    bool diverging = false;                // two colours around 0 instead of one from the smallest value
    std::optional<double> lowest, highest;  // ends of the colour scale; without: those of the values
};

// `values` is rows x columns; NaN cells stay empty. The table has one row a row of the matrix.
Figure heatmap(const std::vector<std::string>& rows, const std::vector<std::string>& columns, const DenseMatrix& values,
               const HeatmapOptions& options);

}  // namespace lexicell
