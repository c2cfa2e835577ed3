#include "lexicell/io/read_10x_mtx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "lexicell/base/random.h"
#include "lexicell/io/matrix_market.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::ScratchFolder;
using testing_support::shared_folder;

const std::string banner = "%%MatrixMarket matrix coordinate real general\n";

CsrMatrix parse(const std::string& text, Sink& sink = silence()) { return read_matrix_market_transposed(TextSource(text, "memory"), sink); }
std::string refusal(const std::string& text) {
    try {
        parse(text);
        return "reads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable);
        return error.detail().type;
    }
}
std::string load_refusal(const std::filesystem::path& path, const ReadOptions& options = {}, ErrorKind kind = ErrorKind::unreadable) {
    try {
        read_10x_mtx(path, options);
        return "loads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        return error.detail().type;
    }
}
double sum(const Dataset& data) {
    const CsrMatrix counts = to_csr(*data.x);
    return std::accumulate(counts.values.begin(), counts.values.end(), 0.0);
}
bool warned(const RecordingSink& sink, const std::string& name) { return std::ranges::count(sink.warnings, name, &Warning::name) == 1; }

TEST(MatrixMarket, ReadsEveryLegalForm) {
    const CsrMatrix m = parse(banner + "% a comment\n\n  2 3   4 \n1 1 1.5e1\n  2\t3 -2\n1 3 +7\n2 1 .5");
    EXPECT_EQ(m.rows, 3);
    EXPECT_EQ(m.cols, 2);
    EXPECT_EQ(m.indptr, (std::vector<std::int64_t>{0, 2, 2, 4}));
    EXPECT_EQ(m.indices, (std::vector<std::int32_t>{0, 1, 0, 1}));
    EXPECT_EQ(m.values, (std::vector<float>{15, 0.5f, 7, -2}));
    EXPECT_EQ(parse("%%matrixmarket MATRIX Coordinate Pattern General\r\n1 1 1\r\n1 1\r\n").values, std::vector<float>{1});
    EXPECT_EQ(parse(banner + "3 2 0\n").indptr, (std::vector<std::int64_t>{0, 0, 0}));
    EXPECT_EQ(parse(banner + "0 0 0\n").rows, 0);
}

TEST(MatrixMarket, OrderOfEntriesDoesNotMatterAndDuplicatesAreSummed) {
    RandomStream random(random_key(2, 2));
    std::vector<std::string> lines;
    for (int row = 1; row <= 20; ++row)
        for (int col = 1; col <= 15; ++col)
            if (random.below(3) == 0) lines.push_back(std::to_string(row) + " " + std::to_string(col) + " " + std::to_string(row * col) + "\n");
    const auto text = [&] {
        std::string out = banner + "20 15 " + std::to_string(lines.size()) + "\n";
        for (const std::string& line : lines) out += line;
        return out;
    };
    const CsrMatrix sorted = parse(text());
    shuffle(std::span(lines), random);
    const CsrMatrix shuffled = parse(text());
    EXPECT_EQ(sorted.indices, shuffled.indices);
    EXPECT_EQ(sorted.values, shuffled.values);
    RecordingSink sink;
    EXPECT_EQ(parse(banner + "2 2 3\n1 1 2\n2 2 1\n1 1 3\n", sink).values, (std::vector<float>{5, 1}));
    EXPECT_TRUE(warned(sink, "duplicate-entries"));
}

TEST(MatrixMarket, Refuses) {
    EXPECT_EQ(refusal(""), "mtx-banner");
    EXPECT_EQ(refusal("1 1 1\n1 1 1\n"), "mtx-banner");
    EXPECT_EQ(refusal("%%MatrixMarket matrix array real general\n1 1\n1\n"), "mtx-kind");
    EXPECT_EQ(refusal("%%MatrixMarket matrix coordinate real symmetric\n1 1 1\n1 1 1\n"), "mtx-kind");
    EXPECT_EQ(refusal("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 1\n"), "mtx-kind");
    EXPECT_EQ(refusal(banner), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "1 1\n"), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "1 1 1 1\n1 1 1\n"), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "-1 1 0\n"), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "99999999999 1 0\n"), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "2000000000 2000000000 0\n"), "mtx-sizes");
    EXPECT_EQ(refusal(banner + "2 2 5\n"), "mtx-too-many-entries");
    EXPECT_EQ(refusal(banner + "2 2 2\n1 1 1\n"), "mtx-entry-count");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 1\n1 2 1\n"), "mtx-entry-count");
    EXPECT_EQ(refusal(banner + "2 2 1\n0 1 1\n"), "mtx-index-out-of-range");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 3 1\n"), "mtx-index-out-of-range");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1\n"), "mtx-entry");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 x\n"), "mtx-entry");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 1x\n"), "mtx-entry");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 1 1\n"), "mtx-entry");
    EXPECT_EQ(refusal(banner + "2 2 1\n1.5 1 1\n"), "mtx-entry");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 1e39\n"), "value-out-of-range");
    EXPECT_EQ(refusal(banner + "2 2 1\n1 1 1e999\n"), "mtx-entry");
}

TEST(MatrixMarket, SurvivesDamage) {
    const std::string whole = banner + "%x\n3 4 5\n1 1 1\n2 2 2.5\n3 3 1e2\n3 4 -1\n1 4 7\n";
    RandomStream random(random_key(6, 6));
    int read = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string damaged = whole;
        for (std::uint64_t k = 0; k <= random.below(4); ++k) {
            static constexpr char alphabet[] = "0123456789 \n%.-eE\x80";
            damaged[banner.size() + random.below(whole.size() - banner.size())] = alphabet[random.below(sizeof alphabet)];
        }
        read += refusal(damaged) == "reads";
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, 5000);
}

class MatrixFolder : public testing::Test {
protected:
    void SetUp() override {
        folder_.write("matrix.mtx", banner + "3 2 3\n1 1 1\n2 1 2\n3 2 3\n");
        folder_.write("barcodes.tsv", "AAAC-1\nAAAG-1\n");
        folder_.write("features.tsv", "1\tA\tGene Expression\n2\tB\tGene Expression\n3\tC\tAntibody Capture\n");
    }
    ScratchFolder folder_;
};

TEST_F(MatrixFolder, KeepsGeneExpressionUnlessAllAreWanted) {
    RecordingSink sink;
    const Dataset genes = read_10x_mtx(folder_.path(), {}, sink);
    EXPECT_EQ(genes.var.index, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(genes.obs.index, (std::vector<std::string>{"AAAC-1", "AAAG-1"}));
    EXPECT_EQ(genes.var.find("gene_ids")->text(1), "2");
    EXPECT_EQ(genes.var.find("feature_types")->text(0), "Gene Expression");
    EXPECT_EQ(to_dense(*genes.x).values, (std::vector<float>{1, 2, 0, 0}));
    EXPECT_EQ(genes.origin->format, "10x-mtx");
    ASSERT_EQ(sink.lines.size(), 1u);
    EXPECT_NE(sink.lines[0].find("1 Antibody Capture"), std::string::npos);
    EXPECT_EQ(read_10x_mtx(folder_.path(), {.all_features = true}).genes(), 3);
    folder_.write("features.tsv", "1\tA\tPeaks\n2\tB\tPeaks\n3\tC\tPeaks\n");
    EXPECT_EQ(load_refusal(folder_.path(), {}, ErrorKind::precondition), "no-gene-expression");
}

TEST_F(MatrixFolder, TakesNamesWithoutIdsAndPrefixes) {
    std::filesystem::remove(folder_ / "features.tsv");
    folder_.write("genes.tsv", "A\nB\nC\n");
    EXPECT_EQ(read_10x_mtx(folder_ / "matrix.mtx").var.index[2], "C");
    EXPECT_FALSE(read_10x_mtx(folder_.path()).var.find("gene_ids"));
    for (const char* name : {"matrix.mtx", "barcodes.tsv", "genes.tsv"}) std::filesystem::rename(folder_ / name, folder_ / (std::string("GSM1_") + name));
    EXPECT_TRUE(is_10x_mtx_folder(folder_.path()));
    EXPECT_EQ(read_10x_mtx(folder_.path()).obs.index[0], "AAAC-1");
    folder_.write("GSM2_matrix.mtx", banner);
    EXPECT_EQ(load_refusal(folder_.path(), {}, ErrorKind::precondition), "mtx-several");
}

TEST_F(MatrixFolder, TransposesWhenOnlyThatFits) {
    folder_.write("matrix.mtx", banner + "2 3 3\n1 1 1\n1 2 2\n2 3 3\n");
    RecordingSink sink;
    EXPECT_EQ(to_dense(*read_10x_mtx(folder_.path(), {.all_features = true}, sink).x).values, (std::vector<float>{1, 2, 0, 0, 0, 3}));
    EXPECT_TRUE(warned(sink, "matrix-transposed"));
}

TEST_F(MatrixFolder, ASquareMatrixIsGenesByCells) {
    folder_.write("barcodes.tsv", "c1\nc2\nc3\n");
    folder_.write("matrix.mtx", banner + "3 3 1\n3 1 5\n");
    EXPECT_EQ(to_dense(*read_10x_mtx(folder_.path(), {.all_features = true}).x)(0, 2), 5);
}

TEST_F(MatrixFolder, RefusesNamesThatDoNotFit) {
    folder_.write("barcodes.tsv", "AAAC-1\n");
    EXPECT_EQ(load_refusal(folder_.path()), "mtx-names");
    folder_.write("barcodes.tsv", "AAAC-1\n\n");
    EXPECT_EQ(load_refusal(folder_.path()), "empty-name");
    folder_.write("features.tsv", "1\tA\n2\n3\tC\n");
    folder_.write("barcodes.tsv", "AAAC-1\nAAAG-1\n");
    EXPECT_EQ(load_refusal(folder_.path()), "table-width");
    std::filesystem::remove(folder_ / "features.tsv");
    EXPECT_EQ(load_refusal(folder_.path()), "mtx-names");
    std::filesystem::remove(folder_ / "matrix.mtx");
    EXPECT_EQ(load_refusal(folder_.path()), "mtx-missing");
}

// formats.md 9.3, 9.5, 9.7.
TEST(ReadTenxMtx, TheReaderPacks) {
    const auto packs = shared_folder() / "data/readers";
    LEXICELL_NEEDS(packs);
    const std::filesystem::path malformed = packs / "reader-malformed/mtx";
    RecordingSink sink;
    const Dataset plain = read_10x_mtx(malformed / "matrix.mtx", {}, sink);
    EXPECT_EQ(plain.genes(), 33694);
    EXPECT_EQ(plain.cells(), 25);
    EXPECT_EQ(to_csr(*plain.x).nonzeros(), 25);
    EXPECT_TRUE(warned(sink, "names-missing"));
    for (const char* name : {"matrix_with_header.mtx", "AB_toy_data_toy.matrix.mtx", "AB_toy_data_toy.unsorted_mtx.mtx",
                             "AB_toy_data_toy.unsorted_mtx.mtx.gz", "raw_count.sparse.mtx"})
        EXPECT_EQ(load_refusal(malformed / name), "mtx-entry-count") << name;
    EXPECT_EQ(load_refusal(malformed / "one_column_feature_file_data_models.mtx"), "mtx-too-many-entries");
    try {
        read_10x_mtx(malformed / "matrix_with_header.mtx");
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("declared 14 entries, found 12"), std::string::npos);
    }

    const Dataset reals = read_10x_mtx(packs / "reader-bpcells/double_mat.mtx"), integers = read_10x_mtx(packs / "reader-bpcells/int_mat.mtx.gz");
    EXPECT_EQ(reals.genes(), 4);
    EXPECT_EQ(reals.cells(), 5);
    EXPECT_EQ(to_dense(*reals.x)(3, 3), -280.0f);
    EXPECT_EQ(to_csr(*reals.x).indices, to_csr(*integers.x).indices);
    EXPECT_EQ(to_csr(*integers.x).nonzeros(), 8);

    const Dataset old = read_10x_mtx(packs / "10x-scanpy/v1.2.0/matrix.mtx");
    EXPECT_EQ(old.genes(), 343);
    EXPECT_EQ(old.cells(), 12);
    EXPECT_EQ(sum(old), 12);
    const Dataset newer = read_10x_mtx(packs / "10x-scanpy/v3.0.0");
    EXPECT_EQ(newer.genes(), 507);
    EXPECT_EQ(newer.cells(), 1107);
    EXPECT_EQ(to_csr(*newer.x).nonzeros(), 23866);
    EXPECT_EQ(sum(newer), 41549);
    EXPECT_EQ(newer.var.index[0], "CH507-9B2.2");
    EXPECT_EQ(newer.var.find("gene_ids")->text(0), "ENSG00000279493");

    RecordingSink seurat_sink;
    const Dataset seurat = read_10x_mtx(packs / "10x-seurat", {}, seurat_sink);
    EXPECT_EQ(seurat.cells(), 80);
    EXPECT_EQ(seurat.genes(), 240);
    EXPECT_EQ(sum(seurat), 23110);
    EXPECT_EQ(seurat.var.index[0], "MS4A1");
    const auto repeated = std::ranges::find(seurat_sink.warnings, "duplicate-genes", &Warning::name);
    ASSERT_NE(repeated, seurat_sink.warnings.end());
    EXPECT_EQ(repeated->count, 10u);
}

}  // namespace
}  // namespace lexicell
