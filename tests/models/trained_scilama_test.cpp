// Capabilities of a trained model on planted data: what tasks see, without LibTorch types.

#include "lexicell/models/vae/trained_scilama.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/base/error.h"
#include "lexicell/models/vae/cell_vae_objective.h"
#include "lexicell/models/vae/frozen_cells_objective.h"
#include "lexicell/models/vae/host_matrix.h"
#include "lexicell/models/vae/scilama_embed.h"
#include "lexicell/prep/log_counts.h"
#include "tests/models/planted.h"

namespace lexicell {
namespace {

using testing_support::Planted;
using torch::Tensor;

struct Fixture {
    Planted data;
    std::unique_ptr<TrainedScilama> model;

    explicit Fixture(ScilamaConfig::Encoder encoder) {
        ScilamaConfig config = Planted::config();
        config.encoder = encoder;
        auto network = std::make_unique<Scilama>(config, data.gene_table(data.in_order()), 0);
        CellVaeObjective stage1(*network);
        data.train(stage1, 90);
        bool read = false;
        FrozenCellsObjective stage2 = freeze_cells(*network, data.cells, [&]() -> std::optional<Batch> {
            if (read) return std::nullopt;
            read = true;
            return data.everything();
        });
        data.train(stage2, 60);
        std::vector<std::string> names;
        for (std::int64_t g = 0; g < data.genes; ++g) names.push_back(Planted::gene_name(g));
        model = std::make_unique<TrainedScilama>(std::move(network), std::make_unique<LogCounts>(names));
    }
};

// Cells measured with the genes given, in that order.
struct Source {
    CsrMatrix counts;
    std::vector<std::string> genes;
    Frame obs;
    Source(const Planted& data, std::vector<std::int64_t> columns, std::int64_t cells) {
        const Tensor x = data.counts.slice(0, 0, cells).index_select(1, torch::tensor(columns, torch::kInt64));
        counts = to_csr(Matrix(to_matrix(x)));
        for (const std::int64_t g : columns) genes.push_back(Planted::gene_name(g));
        for (std::int64_t c = 0; c < cells; ++c) obs.index.push_back("cell" + std::to_string(c));
    }
    MemoryCells cells() const { return MemoryCells(counts, genes, obs); }
};

std::vector<std::int64_t> range(std::int64_t from, std::int64_t to, std::int64_t step = 1) {
    std::vector<std::int64_t> out;
    for (std::int64_t i = from; i < to; i += step) out.push_back(i);
    return out;
}

double largest_difference(const DenseMatrix& a, const DenseMatrix& b) {
    double worst = a.rows == b.rows && a.cols == b.cols ? 0 : 1e9;
    for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) worst = std::max(worst, std::abs(static_cast<double>(a.values[i]) - b.values[i]));
    return worst;
}

// Share of cells whose nearest other cell is of their group (cell % 3).
double nearest_is_same_group(const DenseMatrix& latent) {
    int good = 0;
    for (std::int64_t i = 0; i < latent.rows; ++i) {
        double best = 1e300;
        std::int64_t nearest = -1;
        for (std::int64_t j = 0; j < latent.rows; ++j) {
            if (j == i) continue;
            double d = 0;
            for (std::int64_t k = 0; k < latent.cols; ++k) d += std::pow(latent(i, k) - latent(j, k), 2);
            if (d < best) { best = d; nearest = j; }
        }
        good += nearest % 3 == i % 3;
    }
    return static_cast<double>(good) / static_cast<double>(latent.rows);
}

GeneVectorTables tables_of(const Planted& data, const std::vector<std::int64_t>& genes) {
    GeneVectorTables out;
    for (const std::int64_t g : genes) out.genes.push_back(Planted::gene_name(g));
    out.tables.push_back(to_matrix(data.vectors.index_select(0, torch::tensor(genes, torch::kInt64))));
    return out;
}

TEST(TrainedScilama, EmbedsCellsWhateverTheOrderOfTheirGenes) {
    const Fixture f(ScilamaConfig::Encoder::columns);
    const Source in_order(f.data, range(0, 40), 96);
    std::vector<std::int64_t> reversed = range(0, 40);
    std::ranges::reverse(reversed);
    const Source backwards(f.data, reversed, 96);
    const DenseMatrix a = f.model->embed_cells(in_order.cells(), silence()), b = f.model->embed_cells(backwards.cells(), silence());
    EXPECT_LT(largest_difference(a, b), 1e-5);
    EXPECT_GT(nearest_is_same_group(a), 0.9);
    EXPECT_LT(largest_difference(a, to_matrix(embed_cells(f.model->network(), f.data.everything()))), 1e-5);
    EXPECT_THROW(f.model->embed_panel(in_order.cells(), tables_of(f.data, range(0, 40)), silence()), Error);
}

TEST(TrainedScilama, EmbedsGenesKnownAndUnseen) {
    const Fixture f(ScilamaConfig::Encoder::columns);
    EXPECT_LT(largest_difference(f.model->embed_genes(), f.model->embed_genes(tables_of(f.data, range(0, 40)))), 1e-6);
    const DenseMatrix some = f.model->embed_genes(tables_of(f.data, {7, 3}));
    for (std::int64_t k = 0; k < some.cols; ++k) EXPECT_NEAR(some(1, k), f.model->embed_genes()(3, k), 1e-6);
    GeneVectorTables wrong = tables_of(f.data, {1});
    wrong.tables[0] = DenseMatrix(1, 3);
    EXPECT_THROW(f.model->embed_genes(wrong), Error);
}

TEST(TrainedScilama, DecodesExpression) {
    const Fixture f(ScilamaConfig::Encoder::columns);
    const Source source(f.data, range(0, 40), 96);
    const DenseMatrix latent = f.model->embed_cells(source.cells(), silence());
    const DenseMatrix all = f.model->decode(latent, {}, {});
    ASSERT_EQ(all.cols, 40);
    for (const std::int64_t cell : {0, 50}) {
        double total = 0;
        for (const float value : all.row(cell)) total += std::expm1(value);
        EXPECT_NEAR(total, 1e4, 5);
    }
    const std::vector<std::int64_t> genes = {5, 2};
    const DenseMatrix two = f.model->decode(latent, {}, genes);
    EXPECT_EQ(two(9, 1), all(9, 2));
    // Block 0 belongs to group 0.
    EXPECT_GT(all(0, 0), all(1, 0) + 0.3);
}

TEST(TrainedScilama, TieRanksTheGenesOfAGroup) {
    const Fixture f(ScilamaConfig::Encoder::columns);
    const Source source(f.data, range(0, 40), 96);
    const DenseMatrix cells = f.model->tie_of_cells(f.model->embed_cells(source.cells(), silence()), {}), genes = f.model->tie_of_genes();
    std::vector<double> difference(static_cast<std::size_t>(cells.cols));
    for (std::int64_t i = 0; i < cells.rows; ++i)
        for (std::int64_t k = 0; k < cells.cols; ++k) difference[k] += cells(i, k) * (i % 3 == 0 ? 1.0 : -0.5);
    double lowest_own = 1e300, highest_other = -1e300;
    for (std::int64_t g = 0; g < genes.rows; ++g) {
        double score = 0;
        for (std::int64_t k = 0; k < genes.cols; ++k) score += difference[k] * genes(g, k);
        if (g % 4 == 0) lowest_own = std::min(lowest_own, score);
        else highest_other = std::max(highest_other, score);
    }
    EXPECT_GT(lowest_own, highest_other);
    EXPECT_EQ(f.model->tie_bias().size(), 40u);
    const auto predicted = f.model->predict_bias(tables_of(f.data, {0, 1, 2}));
    EXPECT_EQ(predicted.bias.size(), 3u);
    EXPECT_LE(predicted.r_squared, 1.0);
}

// Check 33, in small: the panel-free encoder reads cells through genes it was not trained on, and neither the order of
// genes nor genes without vectors matter.
TEST(TrainedScilama, PanelFreeEncoderReadsOtherGenes) {
    const Fixture f(ScilamaConfig::Encoder::panel_free);
    const Source same(f.data, range(0, 40), 96);
    EXPECT_GT(nearest_is_same_group(f.model->embed_cells(same.cells(), silence())), 0.9);
    // Half of the genes under new names: none is shared with training.
    const std::vector<std::int64_t> half = range(0, 40, 3);
    Source other(f.data, half, 96);
    GeneVectorTables vectors = tables_of(f.data, half);
    for (std::string& name : other.genes) name = "other_" + name;
    for (std::string& name : vectors.genes) name = "other_" + name;
    const DenseMatrix latent = f.model->embed_panel(other.cells(), vectors, silence());
    EXPECT_GT(nearest_is_same_group(latent), 0.85);

    std::ranges::reverse(vectors.genes);
    vectors.tables[0] = to_matrix(to_tensor(vectors.tables[0]).flip(0));
    EXPECT_LT(largest_difference(latent, f.model->embed_panel(other.cells(), vectors, silence())), 1e-5);
    Source with_noise(f.data, range(0, 40), 96);
    for (std::size_t g = 0; g < with_noise.genes.size(); ++g) with_noise.genes[g] = (g % 3 == 0 ? "other_" : "unknown_") + with_noise.genes[g];
    EXPECT_LT(largest_difference(latent, f.model->embed_panel(with_noise.cells(), vectors, silence())), 1e-5);

    // Few cells: means come from training, or from the vectors, and that is said.
    RecordingSink sink;
    Source few(f.data, half, 10);
    for (std::string& name : few.genes) name = "other_" + name;
    const DenseMatrix small = f.model->embed_panel(few.cells(), vectors, sink);
    EXPECT_EQ(small.rows, 10);
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_EQ(sink.warnings[0].name, "predicted-gene-means");
    EXPECT_EQ(sink.warnings[0].count, half.size());
    GeneVectorTables none = tables_of(f.data, {1});
    none.genes[0] = "nothing";
    EXPECT_THROW(f.model->embed_panel(other.cells(), none, silence()), Error);
}

TEST(TrainedScilama, RefusesAFeaturizerOfAnotherModel) {
    const Planted data;
    auto network = std::make_unique<Scilama>(Planted::config(), data.gene_table(data.in_order()), 0);
    EXPECT_THROW(TrainedScilama(std::move(network), std::make_unique<LogCounts>(std::vector<std::string>{"a", "b"})), Error);
}

}  // namespace
}  // namespace lexicell
