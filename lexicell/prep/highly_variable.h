#pragma once
// Genes whose variation exceeds what their mean explains, in the flavours of the field.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/frame.h"
#include "lexicell/data/matrix_ref.h"
#include "lexicell/prep/moments.h"

namespace lexicell {

enum class HvgFlavor {
    log_variance,     // largest variance of the log values: the default of `run` (scilama.md 4.4)
    seurat,           // dispersion within 20 bins of the mean, z-scored (Satija 2015)
    cell_ranger,      // dispersion within 20 quantile bins, median and MAD (Zheng 2017)
    seurat_v3,        // variance against a loess of log variance on log mean (Stuart 2019)
    seurat_v3_paper,  // the same; with batches, the number of batches ranks before the median rank
};
HvgFlavor hvg_flavor(std::string_view name);  // Error(usage) names the flavours
std::string_view name_of(HvgFlavor flavor);
bool wants_counts(HvgFlavor flavor);          // else log-normalised values

struct HvgOptions {
    HvgFlavor flavor = HvgFlavor::log_variance;
    // How many genes; absent = the bounds below (flavours seurat and cell_ranger only). More than G means G.
    std::optional<std::int64_t> top = 2000;
    double min_mean = 0.0125, max_mean = 3;  // exclusive bounds on the mean (seurat: of log1p)
    double min_dispersion = 0.5, max_dispersion = std::numeric_limits<double>::infinity();  // on the normalised dispersion
    int bins = 20;      // of the mean, flavour seurat
    double span = 0.3;  // of the loess, flavours seurat_v3; larger is smoother
    int threads = 1;
};

// G each; empty where the flavour has no such figure. NaN = undefined, as in scanpy (seurat: a gene without dispersion).
struct HighlyVariable {
    HvgFlavor flavor = HvgFlavor::log_variance;
    std::vector<bool> selected;
    std::vector<double> means;
    std::vector<double> dispersions, dispersions_norm;  // seurat, cell_ranger
    std::vector<double> variances, variances_norm;      // log_variance has the first, seurat_v3 both
    std::vector<double> rank;                           // seurat_v3: median rank, 0 = best; NaN when in no batch's top
    std::vector<std::int64_t> batches;                  // with batches: how many select the gene
    std::vector<bool> in_all_batches;                   // with batches: seurat, cell_ranger

    std::vector<std::int64_t> genes() const;  // the selected ones, ascending
};

// x: N x G, counts or log-normalised values (natural logarithm) as the flavour wants. batch: N codes, -1 = in none; genes
// are ranked within each batch and merged as scanpy does (ties by gene order, where scanpy sorts by name); log_variance
// takes the mean of the variances within batches. Error(usage): top absent in a flavour that needs it.
// Known deviations: equal bin edges are merged where scanpy stops (cell_ranger), as in loess.h for seurat_v3.
HighlyVariable highly_variable_genes(MatrixRef x, const HvgOptions& options = {},
                                     std::optional<std::span<const std::int32_t>> batch = std::nullopt);

// The gene list of flavour log_variance from moments at hand (log_moments of a stream): the `top` largest variances that
// are not 0, ascending by gene.
std::vector<std::int64_t> most_variable_genes(const GeneMoments& logged, std::int64_t top);

// Into var under scanpy's names: highly_variable, means, dispersions, dispersions_norm | variances, variances_norm,
// highly_variable_rank; highly_variable_nbatches, highly_variable_intersection.
void store_hvg(const HighlyVariable& result, Frame& var);

}  // namespace lexicell
