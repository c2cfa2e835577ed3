#include "lexicell/tasks/encoder_probe.h"

#include <algorithm>
#include <vector>

#include "lexicell/data/take.h"
#include "lexicell/metrics/knn_transfer.h"
#include "lexicell/prep/pca.h"
#include "lexicell/tasks/cluster.h"

namespace lexicell {

EncoderProbe probe_encoders(const CsrMatrix& logged, const Split& split, const DenseMatrix& columns, const DenseMatrix& panel_free,
                            std::uint64_t seed, int threads) {
    const int components = static_cast<int>(std::min<std::int64_t>({30, logged.rows - 1, logged.cols}));
    const DenseMatrix scores = pca(logged, {.components = components, .seed = seed, .threads = threads}).scores;
    const std::vector<std::int32_t> clusters =
        cluster(scores, {.resolution = 1.0, .umap = false, .seed = seed, .threads = threads}, silence()).labels;
    const std::vector<std::int32_t> training = take(clusters, split.train), validation = take(clusters, split.validation);
    const auto told = [&](const DenseMatrix& cells) {
        return knn_transfer_accuracy(take_rows(cells, split.train), training, take_rows(cells, split.validation), validation, {.threads = threads});
    };
    return {.columns = told(columns), .panel_free = told(panel_free)};
}

}  // namespace lexicell
