#include "lexicell/io/read_text_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lexicell/base/random.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

Dataset parse(const std::string& text, const ReadOptions& options = {}, Sink& sink = silence()) {
    return read_text_matrix(TextSource(text, "memory.csv"), options, sink);
}
std::string refusal(const std::string& text, const ReadOptions& options = {}) {
    try {
        parse(text, options);
        return "reads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), error.detail().type == "orientation-unknown" ? ErrorKind::precondition : ErrorKind::unreadable);
        EXPECT_EQ(error.detail().file, "memory.csv");
        return error.detail().type;
    }
}
void expect_cells_by_genes(const Dataset& data) {
    EXPECT_EQ(data.obs.index, (std::vector<std::string>{"cell1", "cell2"}));
    EXPECT_EQ(data.var.index, (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_EQ(to_dense(*data.x).values, (std::vector<float>{1, 0, 2.5f, 0, 3, 0}));
}

TEST(ReadTextMatrix, BothOrientationsAndHeaders) {
    expect_cells_by_genes(parse("A,B,C\ncell1,1,0,2.5\ncell2,0,3,0\n"));
    expect_cells_by_genes(parse(",A,B,C\ncell1,1,0,2.5\ncell2,0,3,0\n"));
    expect_cells_by_genes(parse("name,A,B,C\ncell1,1,0,2.5\ncell2,0,3,0\n"));
    expect_cells_by_genes(parse("\"cell1\",\"cell2\"\r\n\"A\",1,0\r\n\"B\",0.0,3\r\n\"C\",2.5,0"));
    expect_cells_by_genes(parse("gene\tcell1\tcell2\nA\t1\t0\nB\t0\t3\nC\t2.5\t0\n"));
}

TEST(ReadTextMatrix, TheOrientationIsNeverGuessed) {
    const std::string text = ",A,B\nX,1,2\nY,3,4\n";
    EXPECT_EQ(refusal(text), "orientation-unknown");
    EXPECT_EQ(to_dense(*parse(text, {.genes_as_rows = false}).x).values, (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(to_dense(*parse(text, {.genes_as_rows = true}).x).values, (std::vector<float>{1, 3, 2, 4}));
    // Both axes look like cells: as little is known.
    EXPECT_EQ(refusal(",cell1,cell2\ncell3,1,2\ncell4,3,4\n"), "orientation-unknown");
    // A flag is stronger than names.
    EXPECT_EQ(parse(",A,B\ncell1,1,2\ncell2,1,2\n", {.genes_as_rows = true}).var.index[0], "cell1");
}

TEST(ReadTextMatrix, NamesThatTell) {
    for (const char* cell : {"AAACATACAACCAC-1", "pbmc_ACGTACGTACGT", "ACGTACGTACGT.1", "cell_12", "Cell.7", "CELL 3", "cell9", "17"})
        EXPECT_EQ(parse(std::string(",A,B\n") + cell + ",1,2\n").obs.index[0], cell) << cell;
    for (const char* gene : {"ENSG00000141510", "ENSMUSG00000059552.7", "ENSDARG00000035559"})
        EXPECT_EQ(parse(std::string(",S1,S2\n") + gene + ",1,2\n").var.index[0], gene) << gene;
    // Genes and samples whose names only resemble them.
    for (const char* unknown : {"CAT", "TACC1", "ENST00000269305", "cellular", "ACTG1", "celltype", "GATTACA", "ENSG0001"})
        EXPECT_EQ(refusal(std::string(",A,B\n") + unknown + ",1,2\n"), "orientation-unknown") << unknown;
    RecordingSink sink;
    parse(",A,B\ncell1,1,2\n", {}, sink);
    ASSERT_EQ(sink.lines.size(), 1u);
    EXPECT_NE(sink.lines[0].find("rows are cells"), std::string::npos);
}

TEST(ReadTextMatrix, RowsWithoutNamesAreCells) {
    RecordingSink sink;
    const Dataset data = parse("A,B\n1,2\n3,4\n", {}, sink);
    EXPECT_EQ(data.obs.index, (std::vector<std::string>{"cell_1", "cell_2"}));
    EXPECT_EQ(to_dense(*data.x).values, (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(sink.warnings.at(0).name, "names-missing");
    EXPECT_EQ(refusal("A,B\n1,2\n3,4\n", {.genes_as_rows = true}), "names-missing");
    // With an empty first name the first column is the index, as pandas writes it.
    EXPECT_EQ(parse(",A,B\n0,1,2\n1,3,4\n").obs.index, (std::vector<std::string>{"0", "1"}));
}

TEST(ReadTextMatrix, MissingValuesAreNaN) {
    RecordingSink sink;
    const DenseMatrix x = to_dense(*parse(",A,B,C\ncell1,NA,,nan\ncell2,1,-0,1e-3\n", {}, sink).x);
    EXPECT_TRUE(std::isnan(x(0, 0)) && std::isnan(x(0, 1)) && std::isnan(x(0, 2)));
    EXPECT_EQ(x(1, 2), 1e-3f);
    const auto nan = std::ranges::find(sink.warnings, "nan-values", &Warning::name);
    ASSERT_NE(nan, sink.warnings.end());
    EXPECT_EQ(nan->count, 3u);
}

TEST(ReadTextMatrix, Refuses) {
    EXPECT_EQ(refusal(""), "table-empty");
    EXPECT_EQ(refusal("A,B\n"), "table-empty");
    EXPECT_EQ(refusal("1,2\n3,4\n"), "header-missing");
    EXPECT_EQ(refusal("A,B\ncell1,1\ncell2,2,3\n"), "table-width");
    EXPECT_EQ(refusal("A,B\ncell1,1,2,3\n"), "table-width");
    EXPECT_EQ(refusal("A\nB\n"), "table-width");
    EXPECT_EQ(refusal(",A,B\ncell1,1,x\n"), "not-a-number");
    EXPECT_EQ(refusal(",A,B\ncell1,1,1e40\n"), "value-out-of-range");
    EXPECT_EQ(refusal(",A,B\ncell1,1,2\n,3,4\n"), "empty-name");
}

TEST(ReadTextMatrix, SurvivesDamage) {
    const std::string whole = ",A,B,C\ncell1,1,0,2.5\ncell2,0,3,0\n";
    RandomStream random(random_key(7, 7));
    int read = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string damaged = whole;
        for (std::uint64_t k = 0; k <= random.below(3); ++k) {
            static constexpr char alphabet[] = "0123456789,\n\"\t.-eANcel\x80";
            damaged[random.below(whole.size())] = alphabet[random.below(sizeof alphabet)];
        }
        read += refusal(damaged) == "reads";
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, 5000);
}

TEST(ReadTextMatrix, TheOsmFishTable) {
    const auto file = testing_support::shared_folder() / "data/readers/osmfish/osmFISH_prep_expression.txt";
    LEXICELL_NEEDS(file);
    RecordingSink sink;
    const Dataset data = read_text_matrix(file, {}, sink);
    EXPECT_EQ(data.cells(), 5328);
    EXPECT_EQ(data.genes(), 33);
    EXPECT_EQ(data.obs.index[0], "cell_778");
    EXPECT_EQ(data.var.index[0], "Gad2");
    EXPECT_EQ(to_dense(*data.x)(1, 0), 16);
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_EQ(sink.warnings[0].name, "empty-cells");
}

}  // namespace
}  // namespace lexicell
