#pragma once
// How good an embedding is, and what PCA would have done on the same cells.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"
#include "lexicell/tasks/cluster.h"

namespace lexicell {

struct EmbeddingScore {
    std::string name;                       // "sciLaMA", "PCA-30", "PCA-50 of z-scores"
    std::int32_t clusters = 0;
    double resolution = 0;
    double silhouette = 0;                  // of its own clusters in its own space; 0 with one cluster
    double agreement = 1;                   // ARI of its clusters with the first embedding's
    std::optional<double> knn_accuracy, ari, nmi, label_silhouette;  // where labels are given
};

// The two baselines of scilama.md 4.4 on the genes of largest log variance: PCA of centred log values, and PCA of z-scores
// clipped at 10 (scanpy's tutorial).
struct PcaBaselines {
    DenseMatrix centred;  // N x 30
    DenseMatrix scaled;   // N x 50
};
// logged: N x G log1p(CP10K), of the genes that are modelled.
PcaBaselines pca_baselines(const CsrMatrix& logged, std::uint64_t seed, int threads);

struct ScoreOptions {
    std::optional<double> resolution = 1.0;  // scanpy's default; absent: chosen as for sciLaMA
    int neighbours = 15;
    std::uint64_t seed = 0;
    int threads = 1;
};

// Labels: N codes, -1 = missing; empty = none. `reference` is the first embedding's clustering; empty for itself.
EmbeddingScore score_embedding(const std::string& name, const DenseMatrix& embedding, const Clustering& clustering,
                               std::span<const std::int32_t> labels, std::span<const std::int32_t> reference, const ScoreOptions& options);

}  // namespace lexicell
