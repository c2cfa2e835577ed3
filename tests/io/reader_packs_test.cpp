// What the h5ad files of the reader packs hold (formats.md 9.1 to 9.7); that each loads at all, shared_files_test.cpp says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lexicell/io/read.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::shared_folder;

std::filesystem::path pack(const std::string& name) { return shared_folder() / "data/readers" / name; }

Dataset read(const std::string& name) { return read_dataset(pack(name)); }

double sum(const Matrix& matrix) {
    return std::visit([](const auto& m) { double s = 0; for (const float v : m.values) s += v; return s; }, matrix);
}

std::int64_t stored(const Matrix& matrix) {
    return std::visit([](const auto& m) { return static_cast<std::int64_t>(m.values.size()); }, matrix);
}

#define NEEDS_PACKS LEXICELL_NEEDS(pack("reader-anndata"))

TEST(ReaderPacks, OldestLayoutEqualsTheNewest) {
    NEEDS_PACKS;
    const Dataset old = read("reader-anndata/v0.5.0/adata.h5ad");
    const Dataset fresh = read_dataset(shared_folder() / "data/pbmc68k_reduced.h5ad");
    EXPECT_EQ(old.obs.index, fresh.obs.index);
    EXPECT_EQ(old.var.index, fresh.var.index);
    EXPECT_EQ(std::get<DenseMatrix>(*old.x).values, std::get<DenseMatrix>(*fresh.x).values);
    EXPECT_EQ(stored(old.raw->x), 174400);
    EXPECT_EQ(to_csr(old.raw->x).values, to_csr(fresh.raw->x).values);
    EXPECT_EQ(to_csr(old.raw->x).indices, to_csr(fresh.raw->x).indices);
    const Column &labels = *old.obs.find("bulk_labels"), &same = *fresh.obs.find("bulk_labels");
    ASSERT_TRUE(std::holds_alternative<Categorical>(labels.values));
    EXPECT_EQ(std::get<Categorical>(labels.values).categories.size(), 10u);
    for (std::int64_t i = 0; i < old.cells(); ++i) ASSERT_EQ(labels.text(i), same.text(i));
    EXPECT_EQ(std::get<DenseMatrix>(old.obsm.at("X_pca")).values, std::get<DenseMatrix>(fresh.obsm.at("X_pca")).values);
    EXPECT_EQ(std::get<DenseMatrix>(old.varm.at("PCs")).cols, 50);
    EXPECT_TRUE(old.obsp.contains("connectivities") && old.obsp.contains("distances"));
    EXPECT_EQ(to_csr(old.obsp.at("distances")).indices, to_csr(fresh.obsp.at("distances")).indices);
    const auto& groups = std::get<Dict>(old.uns.at("rank_genes_groups").content);
    EXPECT_EQ(std::get<RecordArray>(groups.at("names").content).fields.size(), 10u);
    EXPECT_FALSE(old.uns.contains("bulk_labels_categories"));
}

TEST(ReaderPacks, SumsOfTheArchives) {
    NEEDS_PACKS;
    const Dataset a = read("reader-anndata/v0.7.0/adata.h5ad"), b = read("reader-anndata/v0.7.8/adata.h5ad");
    EXPECT_EQ(sum(*a.x), 285);
    EXPECT_EQ(sum(a.raw->x), 627);
    EXPECT_EQ(sum(*b.x), 302);
    EXPECT_EQ(sum(b.raw->x), 568);
    EXPECT_TRUE(std::get<Categorical>(a.obs.find("cat_ordered")->values).ordered);
    EXPECT_FALSE(std::get<Categorical>(a.obs.find("obs_cat")->values).ordered);
    EXPECT_TRUE(std::holds_alternative<Frame>(a.obsm.at("df")));
    EXPECT_TRUE(std::holds_alternative<CsrMatrix>(a.obsm.at("sparse")));
    const auto& nested = std::get<Dict>(b.uns.at("nested").content);
    EXPECT_EQ(std::get<std::int64_t>(nested.at("scalar_int").content), 42);
    EXPECT_EQ(std::get<double>(nested.at("scalar_float").content), 3.0);
}

TEST(ReaderPacks, OneMatrixByManyWriters) {
    NEEDS_PACKS;
    const std::vector<float> expected = {1, 2, 0, 3, 0, 0, 0, 2, 2, 1, 0, 0, 2, 0, 2};
    for (const char* name : {"mini_mat.h5ad", "mini_mat.anndata-v0.6.22.h5ad", "mini_mat.anndata-v0.7.h5ad", "mini_mat.anndata-v0.7.8.h5ad",
                             "mini_mat.anndata-v0.10.9.h5ad", "mini_mat_uint_16.anndata-v0.10.9.h5ad"})
        EXPECT_EQ(to_dense(*read(std::string("reader-bpcells/") + name).x).values, expected) << name;
    const auto x = [](const char* form) { return to_dense(*read(std::string("reader-tiledbsoma/pbmc-small-x-") + form + ".h5ad").x).values; };
    EXPECT_EQ(x("csr"), x("dense"));
    EXPECT_EQ(x("csc"), x("dense"));
    const Dataset signed_values = read("reader-bpcells/mini_mat_int_64_neg.anndata-v0.12.6.h5ad");
    const auto& values = std::get<DenseMatrix>(*signed_values.x).values;
    EXPECT_EQ(*std::ranges::min_element(values), -83);
    EXPECT_EQ(*std::ranges::max_element(values), 95);
}

TEST(ReaderPacks, ExampleOfAnndataR) {
    NEEDS_PACKS;
    const Dataset data = read("reader-anndataR/example.h5ad");
    const std::vector<float> counts = to_dense(data.layers.at("counts")).values;
    EXPECT_EQ(sum(data.layers.at("counts")), 9805);
    EXPECT_EQ(to_dense(data.layers.at("csc_counts")).values, counts);
    EXPECT_EQ(to_dense(data.layers.at("dense_counts")).values, counts);
    EXPECT_TRUE(std::get<Dict>(data.uns.at("log1p").content).empty());
    EXPECT_EQ(std::get<StringArray>(data.uns.at("String2D").content).shape.size(), 2u);
    EXPECT_FALSE(data.obs.find("IntNA")->missing.empty());
    EXPECT_TRUE(std::holds_alternative<std::vector<bool>>(data.obs.find("BoolNA")->values));
    EXPECT_EQ(data.varp.size(), 1u);
    EXPECT_THAT(data.origin->opaque, testing::Contains("/uns/Sparse1D"));
}

TEST(ReaderPacks, SmallFacts) {
    NEEDS_PACKS;
    const Dataset missing = read("reader-tiledbsoma/categorical_int_nan.h5ad");
    EXPECT_TRUE(std::ranges::any_of(missing.obs.columns, [](const auto& named) {
        const auto* c = std::get_if<Categorical>(&named.second.values);
        return c && c->categories.size() == 80 && c->kind == Categorical::Kind::integer && std::ranges::all_of(c->codes, [](int code) { return code == -1; });
    }));
    EXPECT_EQ(read("reader-tiledbsoma/x-empty.h5ad").obs.index_name, "index");
    EXPECT_EQ(read("reader-malformed/test.h5ad").obs.index_name, "NAME");
    EXPECT_TRUE(std::holds_alternative<std::vector<bool>>(read("reader-malformed/anndata_boolean_test.h5ad").obs.find("is_primary_data")->values));
    const Dataset small = read("reader-tiledbsoma/pbmc-small.h5ad");
    EXPECT_EQ(small.raw->var.rows(), 230);
    EXPECT_NEAR(sum(small.raw->x), 20440.2, 0.1);
    EXPECT_EQ(stored(small.obsp.at("distances")), 6328);
    const Dataset holes = read("reader-tiledbsoma/bruce-nan.h5ad");
    const Column& mito = *holes.obs.find("percent_mito");
    int missing_values = 0;
    for (std::int64_t i = 0; i < mito.size(); ++i) missing_values += mito.is_missing(i);
    EXPECT_EQ(missing_values, 20);
    EXPECT_EQ(sum(*read("reader-mudata/muon/test_rna.h5ad").x), 63338);
    EXPECT_EQ(read("cxg-schema/example_invalid_x_and_raw_x_not_equal.h5ad").raw->var.rows(), 136);
}

}  // namespace
}  // namespace lexicell
