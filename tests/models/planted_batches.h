#pragma once
// Cells of known groups in batches of known shifts, and how well both are told from the coordinates.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lexicell/base/random.h"
#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"
#include "lexicell/metrics/lisi.h"

namespace lexicell::testing_support {

struct PlantedBatches {
    DenseMatrix points;
    std::vector<std::int32_t> batch, label;
};

inline constexpr std::int64_t kComponents = 10;
inline constexpr int kLabels = 4;

// Four groups of cells; every batch is shifted by a vector of its own, and has groups of other sizes.
inline PlantedBatches planted_batches(std::int64_t cells, int batches, std::uint64_t seed = 1, double shift = 4) {
    RandomStream random(random_key(seed, 2));
    DenseMatrix centre(kLabels, kComponents), moved(batches, kComponents);
    for (float& value : centre.values) value = static_cast<float>(6 * random.normal());
    for (float& value : moved.values) value = static_cast<float>(shift * random.normal());
    PlantedBatches out{.points = DenseMatrix(cells, kComponents)};
    for (std::int64_t i = 0; i < cells; ++i) {
        out.batch.push_back(static_cast<std::int32_t>(random.below(batches)));
        const std::uint64_t one = random.below(kLabels), other = random.below(kLabels) + out.batch.back();
        out.label.push_back(static_cast<std::int32_t>(std::min(one, other)));
        for (std::int64_t d = 0; d < kComponents; ++d)
            out.points(i, d) = centre(out.label.back(), d) + moved(out.batch.back(), d)
                               + static_cast<float>(random.normal());
    }
    return out;
}

// iLISI of the batches and cLISI of the labels, both 1 at best.
struct Mixing {
    double batches, labels;
};

inline Mixing mixing(const DenseMatrix& points, const PlantedBatches& cells) {
    const KnnGraph graph = knn(points, {.k = 90});
    return {ilisi_score(lisi(graph, cells.batch), cells.batch).value,
            clisi_score(lisi(graph, cells.label), cells.label).value};
}

}  // namespace lexicell::testing_support
