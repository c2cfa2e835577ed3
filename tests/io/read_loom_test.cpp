#include "lexicell/io/read_loom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/read_text_matrix.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::shared_folder;

bool warned(const RecordingSink& sink, const std::string& name) { return std::ranges::count(sink.warnings, name, &Warning::name) == 1; }
std::string refusal(const std::filesystem::path& path) {
    try {
        read_dataset(path);
        return "loads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable) << error.what();
        return error.detail().type;
    }
}

class Loom : public testing::Test {
protected:
    // One file a line of `changes`: Python that runs on the open file `f` of a valid layout of 3 genes x 2 cells.
    std::vector<std::filesystem::path> make(const std::vector<std::string>& changes) {
        std::string program = "import h5py, numpy as np, sys\n";
        std::vector<std::filesystem::path> paths;
        for (const std::string& change : changes) {
            paths.push_back(folder_ / (std::to_string(paths.size()) + ".loom"));
            program += "f = h5py.File('" + paths.back().string() + R"(', 'w')
text = h5py.string_dtype()
f['matrix'] = np.array([[1, 0], [0, 2], [3.5, 0]])
f['row_attrs/Gene'] = np.array([b'A', b'B', b'C']); f['col_attrs/CellID'] = np.array([b'x', b'y'])
for name in ['layers', 'row_graphs', 'col_graphs']: f.create_group(name)
)" + change + "\nf.close()\n";
        }
        EXPECT_TRUE(testing_support::run_python(program, ""));
        return paths;
    }
    testing_support::ScratchFolder folder_;
};

TEST_F(Loom, EverythingHasItsPlace) {
    RecordingSink sink;
    const Dataset data = read_dataset(make({R"(
f['attrs/LOOM_SPEC_VERSION'] = '3.0.0'
f['layers/spliced'] = np.arange(6, dtype='u2').reshape(3, 2)
f['col_attrs/cluster'] = np.array([4, 5]); f['col_attrs/score'] = np.array([.5, 1.5]); f['col_attrs/text'] = np.array(['a&amp;', 'ü'], dtype=text)
f['col_attrs/X_pca'] = np.arange(10.).reshape(2, 5); f['row_attrs/PCs'] = np.arange(6.).reshape(3, 2)
f['col_attrs/cube'] = np.zeros((2, 2, 2))
f['col_graphs/KNN/a'] = np.array([1, 0, 1]); f['col_graphs/KNN/b'] = np.array([0, 1, 1]); f['col_graphs/KNN/w'] = np.array([.5, 2, 3])
)"})[0],
                                      {}, sink);
    EXPECT_EQ(data.origin->format, "loom");
    EXPECT_EQ(data.obs.index, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(data.var.index, (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_EQ(to_dense(*data.x).values, (std::vector<float>{1, 0, 3.5f, 0, 2, 0}));
    EXPECT_EQ(to_dense(data.layers.at("spliced")).values, (std::vector<float>{0, 2, 4, 1, 3, 5}));
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(data.obs.find("cluster")->values), (std::vector<std::int64_t>{4, 5}));
    EXPECT_EQ(std::get<std::vector<double>>(data.obs.find("score")->values), (std::vector<double>{0.5, 1.5}));
    EXPECT_EQ(data.obs.find("text")->text(0), "a&amp;");
    EXPECT_EQ(data.obs.find("text")->text(1), "\u00fc");
    EXPECT_EQ(std::get<DenseMatrix>(data.obsm.at("X_pca"))(1, 4), 9);
    EXPECT_EQ(std::get<DenseMatrix>(data.varm.at("PCs"))(2, 1), 5);
    EXPECT_EQ(to_dense(data.obsp.at("KNN")).values, (std::vector<float>{0, 2, 0.5f, 3}));
    EXPECT_TRUE(warned(sink, "element-skipped"));
    EXPECT_EQ(std::ranges::count(data.origin->opaque, "/col_attrs/cube"), 1);
}

TEST_F(Loom, OlderGenerations) {
    const auto files = make({"f.attrs['LOOM_SPEC_VERSION'] = '2.0.1'; f['col_attrs/t'] = np.array([b'Z&#252;rich &amp; &lt;', b'&nbsp;'])", R"(
del f['row_graphs'], f['col_graphs'], f['col_attrs/CellID'], f['row_attrs/Gene']
f['col_edges/k/a'] = np.array([0]); f['col_edges/k/b'] = np.array([1]); f['col_edges/k/w'] = np.array([1.])
f['row_attrs/Accession'] = np.array([b'E1', b'E2', b'E3'])
)"});
    const Dataset second = read_dataset(files[0]);
    EXPECT_EQ(second.obs.find("t")->text(0), "Z\u00fcrich & <");
    EXPECT_EQ(second.obs.find("t")->text(1), "&nbsp;");
    RecordingSink sink;
    const Dataset first = read_dataset(files[1], {}, sink);
    EXPECT_TRUE(warned(sink, "names-missing"));
    EXPECT_EQ(first.obs.index, (std::vector<std::string>{"cell_1", "cell_2"}));
    EXPECT_EQ(first.var.index[0], "E1");
    EXPECT_EQ(to_dense(first.obsp.at("k")).values, (std::vector<float>{0, 1, 0, 0}));
}

TEST_F(Loom, Refuses) {
    const auto graph = [](const std::string& a, const std::string& b) {
        return "f['col_graphs/k/a'] = np.array(" + a + "); f['col_graphs/k/b'] = np.array(" + b + "); f['col_graphs/k/w'] = np.array([1.])";
    };
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"f['col_attrs/n'] = np.zeros(3)", "axis-length"},
        {"f['layers/l'] = np.zeros((2, 2))", "matrix-shape"},
        {"del f['matrix']; f['matrix'] = np.zeros(3)", "matrix-rank"},
        {"del f['matrix']; f['matrix'] = np.array([[b'a', b'b']] * 3)", "type-not-supported"},
        {graph("[2]", "[1]"), "graph-index-out-of-range"},
        {graph("[0]", "[-1]"), "graph-index-out-of-range"},
        {graph("[0]", "[1, 1]"), "graph-lengths"},
        {"f['col_graphs/k/a'] = np.array([0])", "missing-element"},
    };
    std::vector<std::string> changes;
    for (const auto& [change, type] : cases) changes.push_back(change);
    const auto files = make(changes);
    for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(refusal(files[i]), cases[i].second) << cases[i].first;
}

TEST(DecodeXmlEntities, DecodesWhatIsOneAndLeavesTheRest) {
    EXPECT_EQ(decode_xml_entities("a &lt;b&gt; &quot;c&quot; &apos;&amp;amp;"), "a <b> \"c\" '&amp;");
    EXPECT_EQ(decode_xml_entities("&#x1F9EC;&#228;"), "\U0001f9ec\u00e4");
    for (const char* text : {"", "&", "&;", "&#;", "&#x;", "&#55296;", "&#1114112;", "&#0;", "&unknown;", "R&D", "&#12a;"}) EXPECT_EQ(decode_xml_entities(text), text);
}

// formats.md 9.5 and 9.7.
TEST(ReadLoom, TheReaderPacks) {
    const auto packs = shared_folder() / "data/readers";
    LEXICELL_NEEDS(packs);
    const Dataset third = read_dataset(packs / "reader-loom/test.loom");
    EXPECT_EQ(third.cells(), 200);
    EXPECT_EQ(third.genes(), 20);
    EXPECT_EQ(to_csr(*third.x).nonzeros(), 0);
    EXPECT_EQ(third.obs.index[1], "1");
    EXPECT_EQ(third.var.index[0], "A");
    const Dataset second = read_dataset(packs / "reader-malformed/test_loom.loom");
    EXPECT_EQ(second.cells(), 5);
    EXPECT_EQ(second.genes(), 10);
    EXPECT_EQ(second.obs.index[0], "BM01_16dpp_AAGCAGTGGTAT");
    EXPECT_EQ(std::get<DenseMatrix>(second.obsm.at("X_pca")).cols, 50);
    EXPECT_EQ(std::get<DenseMatrix>(second.varm.at("PCs")).cols, 50);
}

TEST(ReadLoom, OsmFishInThreeFormats) {
    const auto data = shared_folder() / "data";
    LEXICELL_NEEDS(data);
    const Dataset loom = read_dataset(data / "readers/osmfish/osmFISH_SScortex_mouse_all_cells.loom");
    const Dataset h5ad = read_dataset(data / "osmfish_cortex.h5ad");
    EXPECT_EQ(loom.cells(), 6471);
    EXPECT_EQ(loom.genes(), 33);
    EXPECT_EQ(loom.obs.index, h5ad.obs.index);
    EXPECT_EQ(loom.var.index, h5ad.var.index);
    EXPECT_EQ(to_dense(*loom.x).values, to_dense(*h5ad.x).values);

    const Dataset text = read_dataset(data / "readers/osmfish/osmFISH_prep_expression.txt");
    std::map<std::string, std::int64_t> row_of, gene_of;
    for (std::int64_t c = 0; c < loom.cells(); ++c) row_of["cell_" + loom.obs.index[c]] = c;
    for (std::int64_t g = 0; g < loom.genes(); ++g) gene_of[loom.var.index[g]] = g;
    std::vector<std::int64_t> cells, genes;
    for (const std::string& name : text.obs.index) cells.push_back(row_of.at(name));
    for (const std::string& name : text.var.index) genes.push_back(gene_of.at(name));
    EXPECT_EQ(cells.size(), 5328u);
    EXPECT_EQ(to_dense(take_cols(take_rows(*loom.x, cells), genes)).values, to_dense(*text.x).values);
}

}  // namespace
}  // namespace lexicell
