#pragma once
// Marker genes as a trained model sees them: how far a group's cells lie towards a gene (scilama.md 8.3), in the space where
// the model ties cells to genes. Genes that were never measured are scored by their vectors.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/models/capabilities.h"
#include "lexicell/tasks/latent_markers.h"

namespace lexicell {

struct ScoredMarkers {
    std::vector<std::string> genes;  // G, columns of the result
    LatentMarkerResult result;
};

// latent: N x K of the model's cells; covariates: N x C or empty; labels: N codes, below 0 takes no part; strata: N codes or
// none, labels are permuted within them only. With `unseen`, those genes are scored instead of the model's own.
ScoredMarkers score_markers(const CellGeneTie& tie, const GeneEncoder& genes, const DenseMatrix& latent, const DenseMatrix& covariates,
                            std::span<const std::int32_t> labels, std::span<const std::int32_t> strata = {},
                            const GeneVectorTables* unseen = nullptr, const LatentMarkerOptions& options = {});

}  // namespace lexicell
