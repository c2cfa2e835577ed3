#pragma once
#include <optional>
#include <vector>

#include "lexicell/tasks/cluster.h"
#include "lexicell/tasks/embedding_score.h"
#include "lexicell/tasks/fit_scilama.h"
#include "lexicell/tasks/gene_modules.h"
#include "lexicell/tasks/load_cells.h"
#include "lexicell/tasks/module_controls.h"
#include "lexicell/tasks/over_representation.h"
#include "lexicell/tasks/rank_genes_groups.h"
#include "lexicell/tasks/score_markers.h"

namespace lexicell {

// Everything a run found, before it is laid into files.
struct RunResult {
    LoadedCells cells;
    ScilamaFit fit;
    Clustering clustering;
    ClusterKeys keys;
    std::optional<RankGenesResult> markers;     // of the clusters, on log values; absent with one cluster
    std::optional<ScoredMarkers> latent_markers;  // of the clusters, by the model; absent without a gene side
    std::optional<GeneModules> modules;     // of the gene embedding, G' genes
    OverRepresentationResult enrichment;    // of the modules, where gene sets were given
    std::vector<ModuleControl> module_controls;  // beside those of texts, cells and broken pairing; where gene sets were given
    DenseMatrix gene_umap;                  // G' x 2
    std::vector<EmbeddingScore> scores;     // sciLaMA first, then the baselines
};

}  // namespace lexicell
