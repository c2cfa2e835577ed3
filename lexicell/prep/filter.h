#pragma once
// Which cells and genes are kept.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/prep/qc.h"

namespace lexicell {

// Absent = no bound; bounds are inclusive.
struct CellFilter {
    std::optional<std::int64_t> min_genes, max_genes;  // genes detected
    std::optional<double> min_counts, max_counts;
    std::optional<double> max_percent_mt;  // percent of the counts in the set "mt"
};

struct GeneFilter {
    std::optional<std::int64_t> min_cells, max_cells;  // cells that detect the gene
    std::optional<double> min_counts, max_counts;
};

struct Kept {
    std::vector<std::int64_t> rows;  // ascending, for take_cells or take_genes
    // Failed bounds and how many failed each ("min_genes", 12); one may fail several.
    std::vector<std::pair<std::string, std::int64_t>> failed;
};

// Error(usage) when max_percent_mt is asked for and the metrics were computed without the set "mt".
Kept filter_cells(const QcMetrics& metrics, const CellFilter& filter);
Kept filter_genes(const QcMetrics& metrics, const GeneFilter& filter);

}  // namespace lexicell
