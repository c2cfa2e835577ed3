#include "lexicell/prep/highly_variable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/prep/moments.h"
#include "lexicell/prep/normalize.h"
#include "tests/prep/example_counts.h"

namespace lexicell {
namespace {

using testing_support::example_counts;
using testing_support::permutation;
using testing_support::with_zero_gene;

constexpr HvgFlavor kFlavors[] = {HvgFlavor::log_variance, HvgFlavor::seurat, HvgFlavor::cell_ranger, HvgFlavor::seurat_v3,
                                  HvgFlavor::seurat_v3_paper};

Matrix input_of(HvgFlavor flavor, const CsrMatrix& counts) { return wants_counts(flavor) ? counts : log_normalize(counts); }

std::vector<std::int32_t> halves(std::int64_t cells) {
    std::vector<std::int32_t> out;
    for (std::int64_t r = 0; r < cells; ++r) out.push_back(r % 5 == 0 ? -1 : static_cast<std::int32_t>(r % 2));
    return out;
}

bool same(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i])) || (std::isnan(a[i]) && std::isnan(b[i])) || a[i] == b[i])) return false;
    return true;
}

TEST(HighlyVariable, DependsOnNothingButTheValues) {
    const CsrMatrix counts = example_counts(2500, 300);
    const std::vector<std::int32_t> batch = halves(counts.rows);
    const auto order = permutation(counts.rows);
    std::vector<std::int32_t> permuted_batch;
    for (const std::int64_t r : order) permuted_batch.push_back(batch[r]);
    for (const HvgFlavor flavor : kFlavors)
        for (const bool batched : {false, true}) {
            SCOPED_TRACE(name_of(flavor));
            const auto codes = batched ? std::optional<std::span<const std::int32_t>>(batch) : std::nullopt;
            const auto permuted_codes = batched ? std::optional<std::span<const std::int32_t>>(permuted_batch) : std::nullopt;
            HvgOptions options{.flavor = flavor, .top = 60};
            const Matrix x = input_of(flavor, counts);
            const HighlyVariable a = highly_variable_genes(x, options, codes);
            EXPECT_EQ(a.genes().size(), 60u);
            const HighlyVariable dense = highly_variable_genes(to_dense(x), options, codes);
            options.threads = 2;
            const HighlyVariable threads = highly_variable_genes(x, options, codes);
            for (const HighlyVariable* b : {&dense, &threads}) {
                EXPECT_EQ(a.selected, b->selected);
                EXPECT_TRUE(same(a.means, b->means, 0));
                EXPECT_TRUE(same(a.dispersions_norm, b->dispersions_norm, 0));
                EXPECT_TRUE(same(a.variances_norm, b->variances_norm, 0));
            }
            const HighlyVariable permuted = highly_variable_genes(take_rows(x, order), options, permuted_codes);
            EXPECT_EQ(a.selected, permuted.selected);
            EXPECT_TRUE(same(a.variances_norm, permuted.variances_norm, 1e-9));
            EXPECT_TRUE(same(a.dispersions_norm, permuted.dispersions_norm, 1e-9));
        }
}

TEST(HighlyVariable, AGeneThatIsNeverSeenIsNeverChosenAndMovesNothing) {
    const CsrMatrix counts = example_counts(400, 200);
    for (const HvgFlavor flavor : {HvgFlavor::log_variance, HvgFlavor::seurat_v3}) {
        const HvgOptions options{.flavor = flavor, .top = 50};
        const HighlyVariable a = highly_variable_genes(input_of(flavor, counts), options);
        const HighlyVariable b = highly_variable_genes(input_of(flavor, with_zero_gene(counts)), options);
        EXPECT_EQ(a.genes(), b.genes());
        EXPECT_FALSE(b.selected.back());
    }
}

TEST(HighlyVariable, LogVarianceTakesTheLargestVariances) {
    const CsrMatrix logged = log_normalize(example_counts(300, 100));
    const HighlyVariable result = highly_variable_genes(logged, {.top = 30});
    const GeneMoments moments = gene_moments(logged);
    double smallest_in = 1e9, largest_out = 0;
    for (std::size_t g = 0; g < 100; ++g)
        (result.selected[g] ? smallest_in : largest_out) =
            result.selected[g] ? std::min(smallest_in, moments.variance[g]) : std::max(largest_out, moments.variance[g]);
    EXPECT_GE(smallest_in, largest_out);
    EXPECT_EQ(highly_variable_genes(logged, {.top = 2000}).genes().size(), 99u) << "all but the constant one";
}

TEST(HighlyVariable, AStreamChoosesTheSameGenes) {
    const CsrMatrix counts = example_counts(9000, 60);
    const std::vector<std::string> genes = testing_support::names("g", 60);
    const Frame obs{.index = testing_support::names("c", 9000)};
    const MemoryCells source(counts, genes, obs);
    const std::vector<std::int64_t> cells = permutation(9000);
    const GeneMoments streamed = log_moments(source, cells);
    EXPECT_EQ(log_moments(source, cells, 1e4, 2).variance, streamed.variance);
    EXPECT_EQ(most_variable_genes(streamed, 20), highly_variable_genes(log_normalize(counts), {.top = 20}).genes());
}

TEST(HighlyVariable, TheGenesThatDifferBetweenGroupsAreFound) {
    // Genes of the classes g % 7 in {0, 1, 2} are four times higher in one group of cells.
    const CsrMatrix counts = example_counts(600, 280);
    for (const HvgFlavor flavor : {HvgFlavor::seurat, HvgFlavor::seurat_v3}) {
        int planted = 0;
        for (const std::int64_t g : highly_variable_genes(input_of(flavor, counts), {.flavor = flavor, .top = 60}).genes()) planted += g % 7 < 3;
        EXPECT_GE(planted, 50) << name_of(flavor);
    }
}

TEST(HighlyVariable, DegenerateDataGiveAnAnswer) {
    // Many genes that are absent or seen once: where scanpy stops with equal bin edges or near singularities.
    CsrMatrix counts = example_counts(30, 100);
    counts.cols = 2000;
    for (const HvgFlavor flavor : kFlavors)
        for (const auto& batch : {std::optional<std::vector<std::int32_t>>(), std::optional(std::vector<std::int32_t>(30, 0))}) {
            SCOPED_TRACE(name_of(flavor));
            const auto codes = batch ? std::optional<std::span<const std::int32_t>>(*batch) : std::nullopt;
            const HighlyVariable result = highly_variable_genes(input_of(flavor, counts), {.flavor = flavor, .top = 20}, codes);
            EXPECT_GE(result.genes().size(), 20u);
            EXPECT_LE(result.genes().front(), 99);
            const std::vector<std::int64_t> first = {0}, second = {0, 1};
            EXPECT_NO_THROW(highly_variable_genes(take_rows(input_of(flavor, counts), first), {.flavor = flavor}));
            EXPECT_NO_THROW(highly_variable_genes(take_rows(input_of(flavor, counts), second), {.flavor = flavor}));
        }
}

TEST(HighlyVariable, NamesGoBothWays) {
    for (const HvgFlavor flavor : kFlavors) EXPECT_EQ(hvg_flavor(name_of(flavor)), flavor);
    EXPECT_THROW(hvg_flavor("seurat_v4"), Error);
    EXPECT_THROW(highly_variable_genes(DenseMatrix(3, 3), {.top = std::nullopt}), Error);
}

TEST(HighlyVariable, LandsInVar) {
    const CsrMatrix counts = example_counts(50, 20);
    const std::vector<std::int32_t> batch = halves(50);
    Frame var{.index = testing_support::names("g", 20)};
    store_hvg(highly_variable_genes(log_normalize(counts), {.flavor = HvgFlavor::seurat, .top = 5}, batch), var);
    for (const char* name : {"highly_variable", "means", "dispersions", "dispersions_norm", "highly_variable_nbatches", "highly_variable_intersection"})
        EXPECT_NE(var.find(name), nullptr) << name;
    EXPECT_EQ(var.find("variances"), nullptr);
}

}  // namespace
}  // namespace lexicell
