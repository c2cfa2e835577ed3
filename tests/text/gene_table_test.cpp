#include "lexicell/text/gene_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "lexicell/io/safetensors.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::ScratchFolder;

GeneTable example(std::int64_t genes = 3, std::int64_t width = 2) {
    DenseMatrix vectors(genes, width);
    RandomStream random(random_key(5, 6));
    for (float& value : vectors.values) value = static_cast<float>(random.normal());
    std::vector<std::string> ids;
    for (std::int64_t g = 0; g < genes; ++g) ids.push_back(fmt::format("G{}", g));
    return make_gene_table(ids, vectors, "example");
}

Error error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& e) {
        return e;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorKind::internal, {});
}

TEST(GeneTable, RefusesWhatIsNoTable) {
    const auto type_of = [](std::vector<std::string> ids, std::vector<float> values) {
        DenseMatrix m;
        m.rows = static_cast<std::int64_t>(values.size());
        m.cols = 1;
        m.values = std::move(values);
        return error_of([&] { make_gene_table(ids, m, "t"); }).detail().type;
    };
    EXPECT_EQ(type_of({"a", "a"}, {1, 2}), "id-repeated");
    EXPECT_EQ(type_of({"a", ""}, {1, 2}), "id-empty");
    EXPECT_EQ(type_of({"a"}, {1, 2}), "ids-differ");
    EXPECT_EQ(type_of({"a"}, {NAN}), "not-finite");
    EXPECT_EQ(type_of({}, {}), "table-empty");
}

TEST(GeneTable, IsWrittenAndReadBack) {
    ScratchFolder folder;
    const GeneTable table = example(50, 8);
    write_gene_table(table, folder / "t.safetensors");
    const GeneTable again = read_gene_table(folder / "t.safetensors");
    EXPECT_EQ(again.ids, table.ids);
    EXPECT_EQ(again.vectors.values, table.vectors.values);
    EXPECT_EQ(again.hash, table.hash);
    EXPECT_EQ(again.source, "example");

    write_gene_table(table, folder / "q.safetensors", TableStorage::int8);
    const GeneTable coarse = read_gene_table(folder / "q.safetensors");
    for (std::int64_t r = 0; r < 50; ++r) {
        const auto row = table.vectors.row(r);
        const float largest = std::abs(*std::ranges::max_element(row, {}, [](float v) { return std::abs(v); }));
        for (std::int64_t k = 0; k < 8; ++k) EXPECT_NEAR(coarse.vectors(r, k), table.vectors(r, k), largest / 127 * 0.51);
    }
    EXPECT_LT(std::filesystem::file_size(folder / "q.safetensors"), std::filesystem::file_size(folder / "t.safetensors"));
}

TEST(GeneTable, ReadsDelimitedText) {
    ScratchFolder folder;
    const auto check = [&](const char* name, const char* text) {
        const GeneTable table = read_gene_table(folder.write(name, text));
        EXPECT_THAT(table.ids, ElementsAre("CD3D", "MS4A1")) << name;
        EXPECT_THAT(table.vectors.values, ElementsAre(1, 2.5, -3, 4e-1f)) << name;
        EXPECT_EQ(table.source, name);
    };
    check("a.csv", "gene,x,y\nCD3D,1,2.5\nMS4A1,-3,0.4\n");
    check("b.tsv", "CD3D\t1\t2.5\nMS4A1\t-3\t4e-1");
    check("c.csv", "gene_id,embedding\r\nCD3D,\"[1, 2.5]\"\r\nMS4A1,\"[-3, 0.4]\"\r\n");
    check("d.json", R"({"CD3D": [1, 2.5], "MS4A1": [-3, 0.4]})");
    check("e.json", R"({"CD3D": {"embeddings": [1, 2.5]}, "MS4A1": {"embeddings": [-3, 0.4]}})");
}

TEST(GeneTable, ReadsVectorsWithIdsBesideThem) {
    ScratchFolder folder;
    SafetensorsFile file;
    const std::vector<float> values = {1, 2, 3, 4};
    file.tensors["embeddings"] = HostTensor::of(std::span<const float>(values), {2, 2});
    write_safetensors(file, folder / "v.safetensors");
    EXPECT_THAT(error_of([&] { read_gene_table(folder / "v.safetensors"); }).what(), HasSubstr("v.ids.txt"));
    folder.write("v.ids.txt", "A\nB\n");
    EXPECT_THAT(read_gene_table(folder / "v.safetensors").ids, ElementsAre("A", "B"));
    folder.write("other.json", R"(["X", "Y"])");
    EXPECT_THAT(read_gene_table(folder / "v.safetensors", {.ids = folder / "other.json"}).ids, ElementsAre("X", "Y"));
    folder.write("v.ids.txt", "A\n");
    EXPECT_EQ(error_of([&] { read_gene_table(folder / "v.safetensors"); }).detail().type, "ids-differ");

    SafetensorsFile single;
    single.tensors["A"] = HostTensor::of(std::span<const float>(values).first(2), {2});
    single.tensors["B"] = HostTensor::of(std::span<const float>(values).last(2), {2});
    write_safetensors(single, folder / "s.safetensors");
    EXPECT_EQ(read_gene_table(folder / "s.safetensors").vectors.values, values);
}

TEST(GeneTable, RepeatedIdsNeedADecision) {
    ScratchFolder folder;
    const auto path = folder.write("a.csv", "A,1\nB,5\nA,3\n");
    EXPECT_THAT(error_of([&] { read_gene_table(path); }).what(), HasSubstr("--dedup"));
    EXPECT_THAT(read_gene_table(path, {.dedup = Dedup::first}).vectors.values, ElementsAre(1, 5));
    EXPECT_THAT(read_gene_table(path, {.dedup = Dedup::mean}).vectors.values, ElementsAre(2, 5));
}

TEST(GeneTable, RefusalsSayTheWayOut) {
    ScratchFolder folder;
    EXPECT_THAT(error_of([&] { read_gene_table(folder.write("t.parquet", "PAR1")); }).what(), HasSubstr("read_parquet"));
    EXPECT_THAT(error_of([&] { read_gene_table(folder.write("t.pkl", "x")); }).what(), HasSubstr("run code"));
    EXPECT_EQ(error_of([&] { read_gene_table(folder.write("t.xyz", "x")); }).kind(), ErrorKind::unreadable);
    EXPECT_EQ(error_of([&] { read_gene_table(folder.write("r.csv", "A,1,2\nB,1\n")); }).detail().type, "vector-length");
    EXPECT_EQ(error_of([&] { read_gene_table(folder.write("n.csv", "A,1\nB,x\n")); }).detail().type, "not-a-number");
    EXPECT_EQ(error_of([&] { read_gene_table(folder.write("j.json", "[1")); }).kind(), ErrorKind::unreadable);
    EXPECT_EQ(error_of([&] { read_gene_table(folder.write("s.safetensors", "xx")); }).kind(), ErrorKind::unreadable);
    EXPECT_EQ(error_of([&] { read_gene_table(folder / "missing.csv"); }).kind(), ErrorKind::unreadable);
}

TEST(GeneTable, ControlsKeepWhatTheyShould) {
    const GeneTable table = example(400, 3);
    const GeneTable mixed = shuffled(table, 1), drawn = random_like(table, 1);
    EXPECT_EQ(mixed.ids, table.ids);
    EXPECT_NE(mixed.vectors.values, table.vectors.values);
    EXPECT_NE(mixed.hash, table.hash);
    EXPECT_EQ(mixed.vectors.values, shuffled(table, 1).vectors.values);
    EXPECT_NE(mixed.vectors.values, shuffled(table, 2).vectors.values);
    auto sorted = [](std::vector<float> v) {
        std::sort(v.begin(), v.end());
        return v;
    };
    EXPECT_EQ(sorted(mixed.vectors.values), sorted(table.vectors.values));
    for (std::int64_t k = 0; k < 3; ++k) {
        double a = 0, b = 0;
        for (std::int64_t r = 0; r < 400; ++r) a += table.vectors(r, k), b += drawn.vectors(r, k);
        EXPECT_NEAR(a / 400, b / 400, 0.2);
    }
    EXPECT_THAT(mixed.source, HasSubstr("shuffled"));
    EXPECT_THAT(drawn.source, HasSubstr("random"));
}

TEST(GeneTable, AlignsByIdAndRefusesTooFew) {
    const GeneTable table = example();
    const std::vector<std::string> genes = {"G2", "none", "G0"};
    const GeneAlignment aligned = align(table, genes);
    EXPECT_THAT(aligned.rows, ElementsAre(2, -1, 0));
    EXPECT_NEAR(aligned.share(), 2.0 / 3, 1e-12);
    EXPECT_EQ(aligned_vectors(table, aligned)(1, 0), 0);
    EXPECT_EQ(aligned_vectors(table, aligned)(0, 1), table.vectors(2, 1));
    const std::vector<std::string> others = {"G2", "x", "y"};
    const Error refusal = error_of([&] { align(table, others); });
    EXPECT_EQ(refusal.kind(), ErrorKind::precondition);
    EXPECT_THAT(refusal.what(), HasSubstr("1 of 3"));
    EXPECT_EQ(align(table, others, {.force = true}).matched, 1);
}

TEST(GeneTable, MeetsReconciledGenesAtTheApprovedGene) {
    GeneCatalog catalog;
    catalog.human = GeneReference(Species::human,
                                  {{.symbol = "CD3D", .ensembl = "ENSG00000167286"}, {.symbol = "JPT1", .ensembl = "ENSG00000189159"},
                                   {.symbol = "TBXT"}},
                                  {{"HN1", {"JPT1"}}, {"T", {"TBXT"}}});
    catalog.mouse = GeneReference(Species::mouse, {{.symbol = "Cd3d"}}, {});
    catalog.orthologs = {{0, 0}};
    DenseMatrix vectors(3, 1);
    vectors.values = {1, 2, 3};
    const GeneTable table = make_gene_table({"ENSG00000167286", "HN1", "JPT1"}, vectors, "t");
    EXPECT_EQ(species_of(table, catalog), Species::human);
    const Reconciliation genes = reconcile(Frame{.index = {"ENSG00000189159.3", "CD3D", "ERCC-00002", "T"}}, catalog);
    const GeneAlignment aligned = align(table, genes, catalog);
    EXPECT_THAT(aligned.rows, ElementsAre(2, 0, -1, -1));  // the approved symbol has the gene, not its alias
    EXPECT_EQ(aligned.genes, 3);                           // a spike-in is no gene that could have a vector
    const Reconciliation mouse = reconcile(Frame{.index = {"Cd3d"}}, catalog, {.target = Species::human});
    EXPECT_THAT(align(table, mouse, catalog).rows, ElementsAre(0));
}

}  // namespace
}  // namespace lexicell
