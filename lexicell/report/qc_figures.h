#pragma once
// Quality measures of the cells as violins: the distribution in each group, its quartiles, and what was cut off.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/report/figure.h"

namespace lexicell {

struct QcMetric {
    std::string name;                    // "counts per cell"
    std::vector<float> values;           // N, before filtering; NaN = missing
    bool log_scale = false;              // drawn on a log(1 + x) axis
    std::optional<double> lower, upper;  // cells outside were removed; drawn as lines
};

// One figure a metric. `groups`, if given, are N cells' samples or batches: one violin each, otherwise one for all.
// Densities are Gaussian kernel estimates with Silverman's bandwidth over all cells, cut at the extremes, each violin as
// wide as the others.
std::vector<Figure> qc_violins(std::span<const QcMetric> metrics, const Categorical* groups = nullptr);

}  // namespace lexicell
