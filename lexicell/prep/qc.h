#pragma once
// Quality figures of cells and genes, as scanpy's calculate_qc_metrics.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lexicell/data/frame.h"
#include "lexicell/data/matrix_ref.h"

namespace lexicell {

// A named set of genes whose share of a cell's counts is a quality figure.
struct QcGeneSet {
    std::string name;           // suffix of the columns, e.g. "mt"
    std::vector<bool> members;  // G
};

// By symbol prefix without regard to case (MT- / mt-): mitochondrial "mt"; ribosomal "ribo" (RPS, RPL); haemoglobin "hb"
// (HB followed by anything but P).
QcGeneSet mitochondrial_genes(std::span<const std::string> symbols);
QcGeneSet ribosomal_genes(std::span<const std::string> symbols);
QcGeneSet hemoglobin_genes(std::span<const std::string> symbols);

struct QcOptions {
    std::vector<std::int64_t> top = {50, 100, 200, 500};  // share of the counts in a cell's n largest genes
    int threads = 1;
};

struct QcMetrics {
    // Cells, N each.
    std::vector<std::int64_t> genes_by_counts;  // genes detected
    std::vector<double> total_counts;
    std::vector<std::pair<std::int64_t, std::vector<double>>> percent_top;   // n -> percent; 0 in an empty cell
    struct SetTotals {
        std::string name;
        std::vector<double> counts, percent;  // percent of total_counts; 0 in an empty cell
    };
    std::vector<SetTotals> sets;
    // Genes, G each.
    std::vector<std::int64_t> cells_by_counts;  // cells that detect the gene
    std::vector<double> mean_counts, gene_total_counts, percent_dropout;
};

// counts: N x G. Known deviation: scanpy gives NaN percentages for empty cells and an error where `top` exceeds G.
QcMetrics calculate_qc_metrics(MatrixRef counts, std::span<const QcGeneSet> sets = {}, const QcOptions& options = {});

// Into obs and var under scanpy's names: n_genes_by_counts, total_counts, pct_counts_in_top_50_genes,
// total_counts_<set>, pct_counts_<set>; n_cells_by_counts, mean_counts, pct_dropout_by_counts; their log1p_ forms.
void store_qc(const QcMetrics& metrics, Frame& obs, Frame& var);

}  // namespace lexicell
