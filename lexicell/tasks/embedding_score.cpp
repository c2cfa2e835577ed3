#include "lexicell/tasks/embedding_score.h"

#include <algorithm>
#include <set>

#include "lexicell/metrics/adjusted_rand_index.h"
#include "lexicell/metrics/knn_accuracy.h"
#include "lexicell/metrics/mutual_information.h"
#include "lexicell/metrics/silhouette.h"
#include "lexicell/prep/pca.h"
#include "lexicell/prep/scale.h"

namespace lexicell {

namespace {

// Silhouettes cost N^2: beyond this many cells an even subset stands for all.
constexpr std::int64_t kSilhouetteCells = 20'000;

double subset_silhouette(const DenseMatrix& embedding, std::span<const std::int32_t> labels, int threads) {
    if (std::set<std::int32_t>(labels.begin(), labels.end()).size() < 2) return 0;
    if (embedding.rows <= kSilhouetteCells) return silhouette(embedding, labels, threads);
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> codes;
    for (std::int64_t i = 0; i < kSilhouetteCells; ++i) {
        rows.push_back(i * embedding.rows / kSilhouetteCells);
        codes.push_back(labels[rows.back()]);
    }
    return silhouette(take_rows(embedding, rows), codes, threads);
}

int components(std::int64_t wanted, const CsrMatrix& x) {
    return static_cast<int>(std::min({wanted, x.rows - 1, x.cols}));
}

}  // namespace

PcaBaselines pca_baselines(const CsrMatrix& logged, std::uint64_t seed, int threads) {
    PcaBaselines out;
    out.centred = pca(logged, {.components = components(30, logged), .seed = seed, .threads = threads}).scores;
    const SparseScaled scaled = scale_sparse(logged, fit_scale(logged, threads), {.threads = threads});
    out.scaled = pca(scaled.x, {.components = components(50, logged), .seed = seed, .threads = threads}).scores;
    return out;
}

EmbeddingScore score_embedding(const std::string& name, const DenseMatrix& embedding, const Clustering& clustering,
                               std::span<const std::int32_t> labels, std::span<const std::int32_t> reference, const ScoreOptions& options) {
    EmbeddingScore score{.name = name, .clusters = clustering.clusters, .resolution = clustering.resolution};
    score.silhouette = subset_silhouette(embedding, clustering.labels, options.threads);
    if (!reference.empty()) score.agreement = adjusted_rand_index(reference, clustering.labels);
    if (labels.empty()) return score;
    score.ari = adjusted_rand_index(labels, clustering.labels);
    score.nmi = normalized_mutual_information(labels, clustering.labels);
    score.knn_accuracy = knn_accuracy(embedding, labels, {.threads = options.threads}).accuracy;
    score.label_silhouette = subset_silhouette(embedding, labels, options.threads);
    return score;
}

}  // namespace lexicell
