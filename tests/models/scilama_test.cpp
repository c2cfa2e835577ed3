// The recommended sciLaMA on planted data: it trains, is deterministic, and does not depend on the order of genes.

#include "lexicell/models/vae/scilama.h"

#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "lexicell/models/vae/cell_vae_objective.h"
#include "lexicell/models/vae/frozen_cells_objective.h"
#include "lexicell/models/vae/scilama_embed.h"
#include "tests/models/planted.h"

namespace lexicell {
namespace {

using testing_support::Planted;
using torch::Tensor;

struct Trained {
    Tensor cells, genes;
    double first, stage1, stage2_first, stage2;
};

Trained run(const Planted& data, const Tensor& order, ScilamaConfig config = Planted::config()) {
    Scilama network(config, data.gene_table(order), 0);
    CellVaeObjective stage1(network);
    Trained out;
    const Batch everything = data.batch(torch::arange(data.cells), order);
    out.first = stage1.evaluate(everything, {.kl_weight = 0.1}).total;
    out.stage1 = data.train(stage1, 60, order);
    bool read = false;
    FrozenCellsObjective stage2 = freeze_cells(network, data.cells, [&]() -> std::optional<Batch> {
        if (read) return std::nullopt;
        read = true;
        return everything;
    });
    out.stage2_first = stage2.evaluate(everything, {.kl_weight = 0.1}).total;
    out.stage2 = data.train(stage2, 60, order);
    out.cells = embed_cells(network, everything);
    out.genes = embed_genes(network);
    return out;
}

TEST(Scilama, TrainsCellsThenGenes) {
    const Planted data;
    const Trained trained = run(data, torch::arange(data.genes));
    EXPECT_LT(trained.stage1, trained.first - 5);
    EXPECT_LT(trained.stage2, trained.stage2_first - 5);
    // Genes of a block are closer to each other than to other blocks.
    const Tensor distance = torch::cdist(trained.genes, trained.genes), block = torch::arange(data.genes).remainder(4);
    const Tensor same = block.unsqueeze(0) == block.unsqueeze(1);
    EXPECT_LT(distance.masked_select(same).mean().item<double>(), 0.5 * distance.masked_select(~same).mean().item<double>());
}

TEST(Scilama, IsDeterministic) {
    const Planted data;
    const Trained a = run(data, torch::arange(data.genes)), b = run(data, torch::arange(data.genes));
    EXPECT_EQ(a.stage2, b.stage2);
    EXPECT_TRUE(torch::equal(a.cells, b.cells));
    EXPECT_TRUE(torch::equal(a.genes, b.genes));
}

// Check 17: noise and initial weights belong to gene ids, so that even training does not see the order of the genes.
TEST(Scilama, DoesNotDependOnTheOrderOfGenes) {
    const Planted data;
    const Tensor order = torch::randperm(data.genes);
    const Trained a = run(data, torch::arange(data.genes)), b = run(data, order);
    EXPECT_NEAR(a.first, b.first, 1e-3);
    EXPECT_LT((a.genes.index_select(0, order) - b.genes).abs().max().item<double>(), 2e-2);
    EXPECT_LT((a.cells - b.cells).abs().max().item<double>(), 2e-2);
}

TEST(Scilama, TensorsRoundTrip) {
    const Planted data;
    const Tensor order = torch::arange(data.genes);
    Scilama a(Planted::config(), data.gene_table(order), 0);
    ScilamaConfig other_seed = Planted::config();
    other_seed.seed = 7;
    Scilama b(other_seed, data.gene_table(order), 0);
    const Batch batch = data.batch(torch::arange(8), order);
    EXPECT_FALSE(torch::equal(embed_cells(a, batch), embed_cells(b, batch)));
    auto tensors = a.to_tensors();
    b.from_tensors(tensors);
    EXPECT_TRUE(torch::equal(embed_cells(a, batch), embed_cells(b, batch)));
    EXPECT_TRUE(torch::equal(embed_genes(a), embed_genes(b)));
    tensors.erase("head_bias");
    EXPECT_THROW(b.from_tensors(tensors), Error);
}

}  // namespace
}  // namespace lexicell
