#include "lexicell/graph/umap.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

#define UMAPPP_NO_PARALLEL_OPTIMIZATION  // its parallel layout busy-waits
#include "umappp/umappp.hpp"

namespace lexicell {
namespace {

constexpr float extent = 10;  // largest coordinate at the start, as for the spectral layout

std::vector<float> scaled_start(const DenseMatrix& initial, int dimensions, std::uint64_t seed) {
    std::vector<float> start(static_cast<std::size_t>(initial.rows * dimensions));
    float largest = 0;
    for (std::int64_t i = 0; i < initial.rows; ++i)
        for (int d = 0; d < dimensions; ++d) {
            start[i * dimensions + d] = initial(i, d);
            largest = std::max(largest, std::abs(initial(i, d)));
        }
    RandomStream jitter(random_key(seed, 0x6a697474));  // equal points must be able to part
    for (float& value : start)
        value = (largest > 0 ? value / largest * extent : 0.0f) + 1e-4f * static_cast<float>(jitter.normal());
    return start;
}

}  // namespace

struct Umap::State {
    std::int64_t points;
    int dimensions;
    std::vector<float> layout;  // points x dimensions
    std::optional<umappp::Status<int, float>> status;  // nothing to lay out for less than three points
};

Umap::Umap(const KnnGraph& graph, const UmapOptions& options)
    : state_(std::make_unique<State>(State{.points = graph.points, .dimensions = options.dimensions})) {
    LEXICELL_ASSERT(options.dimensions > 0, "a layout has at least one dimension");
    LEXICELL_ASSERT(!options.initial || (options.initial->rows == graph.points && options.initial->cols >= options.dimensions),
                    "one starting point a node");
    state_->layout.assign(static_cast<std::size_t>(graph.points * options.dimensions), 0.0f);
    if (graph.points < 3 || graph.k == 0) return;

    umappp::NeighborList<int, float> neighbours(static_cast<std::size_t>(graph.points));
    for (std::int64_t i = 0; i < graph.points; ++i)
        for (int n = 0; n < graph.k; ++n) neighbours[i].emplace_back(graph.neighbours(i)[n], graph.distances_of(i)[n]);
    umappp::Options foreign;
    foreign.min_dist = options.min_dist;
    foreign.spread = options.spread;
    foreign.num_epochs = options.epochs;
    foreign.num_threads = 1;
    foreign.initialize_seed = random_key(options.seed, 0x696e6974);
    foreign.optimize_seed = random_key(options.seed, 0x6f707469);
    foreign.initialize_spectral_jitter = true;
    // The spectral start needs more nodes than eigenvectors.
    foreign.initialize_method = options.initial                                   ? umappp::InitializeMethod::NONE
                                : graph.points > 2 * (options.dimensions + 1) + 20 ? umappp::InitializeMethod::SPECTRAL
                                                                                  : umappp::InitializeMethod::RANDOM;
    if (options.initial) state_->layout = scaled_start(*options.initial, options.dimensions, options.seed);
    state_->status.emplace(umappp::initialize(std::move(neighbours), static_cast<std::size_t>(options.dimensions),
                                              state_->layout.data(), foreign));
}

Umap::~Umap() = default;
Umap::Umap(Umap&&) noexcept = default;
Umap& Umap::operator=(Umap&&) noexcept = default;

int Umap::epoch() const { return state_->status ? state_->status->epoch() : 0; }
int Umap::epochs() const { return state_->status ? state_->status->num_epochs() : 0; }

void Umap::run_until(int epoch) {
    if (state_->status && epoch > this->epoch()) state_->status->run(state_->layout.data(), std::min(epoch, epochs()));
}

DenseMatrix Umap::coordinates() const {
    DenseMatrix out(state_->points, state_->dimensions);
    out.values = state_->layout;
    return out;
}

DenseMatrix umap(const KnnGraph& graph, const UmapOptions& options, Sink& sink) {
    Umap layout(graph, options);
    constexpr int stride = 10;
    while (layout.epoch() < layout.epochs()) {
        if (sink.stop_requested())
            throw Error(ErrorKind::interrupted, {.type = "interrupted", .message = "the layout was stopped before its last epoch"});
        layout.run_until(layout.epoch() + stride);
        sink.progress({.stage = "umap", .done = static_cast<std::uint64_t>(layout.epoch()),
                       .total = static_cast<std::uint64_t>(layout.epochs())});
    }
    return layout.coordinates();
}

}  // namespace lexicell
