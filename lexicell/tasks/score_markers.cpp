#include "lexicell/tasks/score_markers.h"

namespace lexicell {

ScoredMarkers score_markers(const CellGeneTie& tie, const GeneEncoder& genes, const DenseMatrix& latent, const DenseMatrix& covariates,
                            std::span<const std::int32_t> labels, std::span<const std::int32_t> strata, const GeneVectorTables* unseen,
                            const LatentMarkerOptions& options) {
    const DenseMatrix cells = tie.tie_of_cells(latent, covariates);
    if (unseen) return {unseen->genes, latent_markers(cells, tie.tie_of_genes(*unseen), labels, tie.predict_bias(*unseen).bias, strata, options)};
    return {genes.embedded_genes(), latent_markers(cells, tie.tie_of_genes(), labels, tie.tie_bias(), strata, options)};
}

}  // namespace lexicell
