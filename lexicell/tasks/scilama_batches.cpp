#include "lexicell/tasks/scilama_batches.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "lexicell/models/vae/scilama_embed.h"

namespace lexicell {

namespace {

constexpr std::int64_t kBlock = 512;

}  // namespace

BatchReader each_cell_once(const Batches& batches) {
    auto next = std::make_shared<std::int64_t>(0);
    return [&batches, next]() -> std::optional<Batch> {
        const std::int64_t begin = *next, end = std::min(batches.cells(), begin + kBlock);
        if (begin >= end) return std::nullopt;
        *next = end;
        std::vector<std::int64_t> cells(end - begin);
        std::iota(cells.begin(), cells.end(), begin);
        Batch batch;
        batches.gather(cells, batch);
        return batch;
    };
}

DenseMatrix embed_all_cells(Scilama& network, const Batches& batches) {
    DenseMatrix out(batches.cells(), network.config().latent);
    std::int64_t row = 0;
    const BatchReader reader = each_cell_once(batches);
    for (auto batch = reader(); batch; batch = reader()) {
        const torch::Tensor mu = embed_cells(network, *batch).contiguous();
        std::copy_n(mu.data_ptr<float>(), mu.numel(), out.values.begin() + row * out.cols);
        row += mu.size(0);
    }
    return out;
}

}  // namespace lexicell
