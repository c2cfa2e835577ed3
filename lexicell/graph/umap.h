#pragma once
// UMAP layout (McInnes et al., arXiv:1802.03426) of a kNN graph: prepared once, then stepped epoch by epoch.

#include <cstdint>
#include <memory>
#include <optional>

#include "lexicell/base/sink.h"
#include "lexicell/data/matrix.h"
#include "lexicell/graph/knn.h"

namespace lexicell {

struct UmapOptions {
    int dimensions = 2;
    double min_dist = 0.5;         // smallest distance of points that are drawn; larger spreads clusters evenly (as scanpy)
    double spread = 1.0;           // scale of the whole layout
    std::optional<int> epochs;     // larger is more accurate; absent = 500 up to 10,000 points, falling towards 200 beyond
    // N x dimensions or wider (its first columns), e.g. principal components: where points start. Absent = spectral,
    // which needs a connected graph and falls back to random coordinates.
    std::optional<DenseMatrix> initial;
    std::uint64_t seed = 0;
};

// One thread: the layout depends on the graph and the options only.
class Umap {
public:
    explicit Umap(const KnnGraph& graph, const UmapOptions& options = {});
    ~Umap();
    Umap(Umap&&) noexcept;
    Umap& operator=(Umap&&) noexcept;

    int epoch() const;   // done so far
    int epochs() const;  // in total
    void run_until(int epoch);
    DenseMatrix coordinates() const;  // N x dimensions, as of epoch()

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The whole layout, with progress; Error interrupted when the sink asks to stop.
DenseMatrix umap(const KnnGraph& graph, const UmapOptions& options = {}, Sink& sink = silence());

}  // namespace lexicell
