#pragma once
// Methods that place the cells of several batches in one space, under one name each: what `integrate` and `compare` offer.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/models/baseline/harmony.h"
#include "lexicell/models/baseline/pca_encoder.h"
#include "lexicell/tasks/fit_options.h"
#include "lexicell/tasks/fit_scilama.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/text/gene_table.h"

namespace lexicell {

struct PlacementMethod {
    std::string name;         // "pca", "harmony", "mnn", "scilama"
    std::string description;
    bool wants_batch = false;
    bool baseline = true;     // what a model has to beat
};

const std::vector<PlacementMethod>& placement_methods();
const PlacementMethod& placement_method(std::string_view name);  // Error(usage) names the methods

struct PlaceOptions {
    std::string method = "harmony";
    std::optional<std::string> batch;  // obs column
    PcaEncoderOptions pca;             // of pca, harmony and mnn
    FitOptions fit;                    // of scilama
    std::uint64_t seed = 0;
    int threads = 1;
};

struct PlacedCells {
    DenseMatrix points;                    // N x K
    DenseMatrix components;                // N x K, of harmony and mnn: the principal components that were corrected
    // What the method learnt and later cells can be mapped by; each absent where it has no part.
    std::optional<PcaEncoder> encoder;     // of pca and harmony
    std::optional<Harmony> harmony;
    std::optional<ScilamaFit> scilama;
};

// logged: the loaded cells' log-normalised values, N x G. Error(usage) when the method needs a batch and none is named;
// Error(precondition) for a missing column, or a batch column with missing values.
PlacedCells place_cells(const LoadedCells& cells, const CsrMatrix& logged, const std::vector<GeneTable>& tables, const PlaceOptions& options, Sink& sink);

}  // namespace lexicell
