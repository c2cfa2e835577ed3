#include "lexicell/tasks/unseen_genes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "lexicell/base/random.h"
#include "lexicell/io/fact_table.h"
#include "lexicell/prep/normalize.h"
#include "lexicell/tasks/fit_scilama.h"
#include "lexicell/text/embedding_control.h"
#include "lexicell/text/lsa.h"
#include "tests/support/shared_data.h"

namespace lexicell::testing_support {
namespace {

DenseMatrix noise(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
    RandomStream random(random_key(seed, 1));
    DenseMatrix out(rows, cols);
    for (float& value : out.values) value = static_cast<float>(random.normal());
    return out;
}

// Cells are their latent vectors, genes their table.
class PlainTie : public CellGeneTie {
public:
    DenseMatrix tie_of_cells(const DenseMatrix& latent, const DenseMatrix&) const override { return latent; }
    DenseMatrix tie_of_genes() const override { return {}; }
    DenseMatrix tie_of_genes(const GeneVectorTables& genes) const override { return genes.tables[0]; }
    std::vector<float> tie_bias() const override { return {}; }
    PredictedBias predict_bias(const GeneVectorTables&) const override { return {}; }
};

TEST(UnseenGenes, CorrelationsEqualTheExplicitOnes) {
    const DenseMatrix cells = noise(40, 5, 1), vectors = noise(3, 5, 2);
    DenseMatrix expression = noise(40, 3, 3);
    for (float& value : expression.values) value = std::max(value, 0.0f);
    for (std::int64_t i = 0; i < 40; ++i) expression(i, 2) = 0;
    const std::vector<double> found = unseen_gene_correlations(PlainTie(), cells, {}, {{"a", "b", "c"}, {vectors}}, to_csr(Matrix(expression)));
    for (std::int64_t g = 0; g < 2; ++g) {
        std::vector<double> p, x;
        for (std::int64_t i = 0; i < 40; ++i) {
            double dot = 0;
            for (std::int64_t k = 0; k < 5; ++k) dot += static_cast<double>(cells(i, k)) * vectors(g, k);
            p.push_back(dot);
            x.push_back(expression(i, g));
        }
        const double mp = std::accumulate(p.begin(), p.end(), 0.0) / 40, mx = std::accumulate(x.begin(), x.end(), 0.0) / 40;
        double pp = 0, xx = 0, px = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            pp += (p[i] - mp) * (p[i] - mp);
            xx += (x[i] - mx) * (x[i] - mx);
            px += (p[i] - mp) * (x[i] - mx);
        }
        EXPECT_NEAR(found[g], px / std::sqrt(pp * xx), 1e-9);
    }
    EXPECT_EQ(found[2], 0.0) << "a gene that is nowhere";
}

// scilama.md, check 15, in short: what a gene's text says tells how a gene is expressed that training never saw; the same
// vectors given to other genes do not. bench_scilama_checks has the whole of it, with three seeds.
TEST(UnseenGenes, CorrectTextsBeatShuffledOnes) {
    LEXICELL_NEEDS(shared_folder() / "data/rcppml_pbmc3k.h5ad");
    LEXICELL_NEEDS(shared_folder() / "knowledge/tables");
    std::vector<std::string> ids, texts;
    for (FactRow& row : read_fact_table(shared_folder() / "knowledge/tables/summaries_human.tsv.zst", 2)) {
        ids.push_back(row[0]);
        texts.push_back(std::move(row[1]));
    }
    const GeneTable truth = make_gene_table(ids, fit_lsa(texts, {.dimensions = 128, .power_iterations = 2, .threads = 2}).vectors, "summaries");
    LoadedCells data = load_cells(shared_folder() / "data/rcppml_pbmc3k.h5ad", nullptr, {}, silence());
    const CsrMatrix logged = log_normalize(data.values);
    std::vector<double> sum(data.genes.size()), squares(data.genes.size());
    for (std::size_t k = 0; k < logged.values.size(); ++k) {
        sum[logged.indices[k]] += logged.values[k];
        squares[logged.indices[k]] += static_cast<double>(logged.values[k]) * logged.values[k];
    }
    const std::set<std::string_view> described(ids.begin(), ids.end());
    std::vector<std::int64_t> order;
    for (std::size_t g = 0; g < data.genes.size(); ++g)
        if (described.contains(data.genes[g])) order.push_back(static_cast<std::int64_t>(g));
    const auto variance = [&](std::int64_t g) { return squares[g] - sum[g] * sum[g] / static_cast<double>(logged.rows); };
    std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) { return variance(a) > variance(b); });
    order.resize(1000);
    std::vector<std::int64_t> held, kept;
    for (std::size_t i = 0; i < order.size(); ++i) (i % 10 == 3 ? held : kept).push_back(order[i]);
    std::ranges::sort(held);
    std::ranges::sort(kept);
    const auto names = [&](const std::vector<std::int64_t>& columns) {
        std::vector<std::string> out;
        for (const std::int64_t g : columns) out.push_back(data.genes[g]);
        return out;
    };
    LoadedCells training = data;
    training.values = take_cols(data.values, kept);
    training.genes = training.text_ids = names(kept);
    FitOptions options;
    options.threads = 2;
    options.config.genes.reset();
    options.config.encoder = ScilamaConfig::Encoder::columns;
    options.config.min_steps = options.config.max_steps = 700;
    options.config.gene_min_steps = options.config.gene_max_steps = 700;
    const auto correlation = [&](const GeneTable& table) {
        const ScilamaFit fit = fit_scilama(training, {table}, options, silence());
        GeneVectors vectors = take_gene_vectors({table}, names(held), false);
        apply_vector_scale(fit.model.vectors.scales[0], vectors.tables[0]);
        const std::vector<double> genes = unseen_gene_correlations(*fit.model.trained, fit.cells, {}, {names(held), vectors.tables}, take_cols(logged, held));
        return std::accumulate(genes.begin(), genes.end(), 0.0) / static_cast<double>(genes.size());
    };
    const double correct = correlation(truth), shuffled = correlation(break_pairing(truth, "shuffled", 0));
    RecordProperty("correct", std::to_string(correct));
    RecordProperty("shuffled", std::to_string(shuffled));
    EXPECT_GT(correct - shuffled, 0.03) << correct << " against " << shuffled;
}

}  // namespace
}  // namespace lexicell::testing_support
