#pragma once
// Clusters and a picture of an embedding: neighbours, a resolution chosen by stability, Leiden, UMAP.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/choose_resolution.h"

namespace lexicell {

struct ClusterOptions {
    int neighbours = 15;                // of a cell; more gives smoother, fewer clusters
    std::optional<double> resolution;   // of Leiden; absent: chosen by stability under subsampling
    bool umap = true;
    std::uint64_t seed = 0;
    int threads = 1;
};

struct Clustering {
    KnnGraph knn;
    CsrMatrix connectivities;            // N x N
    std::vector<std::int32_t> labels;    // N, 0 = the largest cluster
    std::int32_t clusters = 0;
    double resolution = 0;
    std::optional<ChooseResolutionResult> choice;  // when it was chosen
    DenseMatrix umap;                    // N x 2; empty when not asked for
};

// embedding: N x K.
Clustering cluster(const DenseMatrix& embedding, const ClusterOptions& options, Sink& sink);

// Where a clustering goes in AnnData; a name that the base already uses is left alone and the sink is told.
struct ClusterKeys {
    std::string obs = "scilama_cluster";
    std::string umap = "X_umap";
    std::string neighbours = "neighbors";
};

// Chooses keys that do not hide what `base` holds: X_umap or X_<prefix>_umap, neighbors or <prefix>_neighbors.
ClusterKeys free_keys(const Dataset& base, const std::string& prefix, Sink& sink);

// obs[keys.obs], obsm[keys.umap], obsp and uns in scanpy's layout; `use_rep` is the obsm key that was clustered.
void store_clustering(const Clustering& clustering, const std::string& use_rep, const ClusterKeys& keys, const ClusterOptions& options,
                      Dataset& additions);

// Cluster names "0", "1", ... as a categorical.
Categorical cluster_categories(const Clustering& clustering);

}  // namespace lexicell
