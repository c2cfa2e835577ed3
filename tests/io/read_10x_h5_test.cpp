#include "lexicell/io/read_10x_h5.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "lexicell/io/collapse_probes.h"
#include "lexicell/io/read_10x_mtx.h"
#include "lexicell/io/read_visium.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::shared_folder;

double sum(const Dataset& data) {
    const CsrMatrix counts = to_csr(*data.x);
    return std::accumulate(counts.values.begin(), counts.values.end(), 0.0);
}
const Warning* warning(const RecordingSink& sink, const std::string& name) {
    const auto found = std::ranges::find(sink.warnings, name, &Warning::name);
    return found == sink.warnings.end() ? nullptr : &*found;
}
std::string refusal(const std::filesystem::path& path, ErrorKind kind, const ReadOptions& options = {}) {
    try {
        read_dataset(path, options);
        return "loads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.detail().type;
    }
}
void expect_equal(const Dataset& a, const Dataset& b) {
    EXPECT_EQ(a.obs.index, b.obs.index);
    EXPECT_EQ(a.var.index, b.var.index);
    const CsrMatrix x = to_csr(*a.x), y = to_csr(*b.x);
    EXPECT_EQ(x.indptr, y.indptr);
    EXPECT_EQ(x.indices, y.indices);
    EXPECT_EQ(x.values, y.values);
}

// Each edge of the two layouts, written with h5py.
class TenxH5 : public testing::Test {
protected:
    // One file a line of `changes`: Python that runs on the open file `f` of a valid layout of 3 features x 2 cells.
    std::vector<std::filesystem::path> make(const std::vector<std::string>& changes, bool version2 = false) {
        std::string program = "import h5py, numpy as np, sys\n";
        std::vector<std::filesystem::path> paths;
        for (const std::string& change : changes) {
            paths.push_back(folder_ / (std::to_string(files_++) + ".h5"));
            program += "f = h5py.File('" + paths.back().string() + "', 'w')\n";
            program += version2 ? R"(
m = f.create_group('mm10')
m['genes'] = np.array([b'E1', b'E2', b'E3']); m['gene_names'] = np.array([b'A', b'B', b'C'])
)"
                                : R"(
m = f.create_group('matrix')
t = m.create_group('features')
t['id'] = np.array([b'E1', b'E2', b'E3']); t['name'] = np.array([b'A', b'B', b'C'])
t['feature_type'] = np.array([b'Gene Expression', b'Gene Expression', b'Antibody Capture']); t['genome'] = np.array([b'mm10', b'mm10', b''])
)";
            program += R"(
m['barcodes'] = np.array([b'AAAC-1', b'AAAG-1']); m['shape'] = np.array([3, 2], 'i4')
m['data'] = np.array([1, 2, 3, 4], 'i4'); m['indices'] = np.array([2, 0, 1, 2]); m['indptr'] = np.array([0, 2, 4])
def put(name, value):
    del m[name]; m[name] = value
)" + change + "\nf.close()\n";
        }
        EXPECT_TRUE(testing_support::run_python(program, ""));
        return paths;
    }
    testing_support::ScratchFolder folder_;
    int files_ = 0;
};

TEST_F(TenxH5, Version3) {
    const auto files = make({"", "t['feature_type'][:] = b'Peaks'"});
    RecordingSink sink;
    const Dataset genes = read_dataset(files[0], {}, sink);
    EXPECT_EQ(genes.origin->format, "10x-h5");
    EXPECT_EQ(genes.var.index, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(genes.var.find("gene_ids")->text(1), "E2");
    EXPECT_EQ(genes.var.find("genome")->text(1), "mm10");
    EXPECT_EQ(to_dense(*genes.x).values, (std::vector<float>{2, 0, 0, 3}));
    ASSERT_EQ(sink.lines.size(), 1u);
    EXPECT_NE(sink.lines[0].find("1 Antibody Capture"), std::string::npos);
    EXPECT_EQ(to_dense(*read_dataset(files[0], {.all_features = true}).x).values, (std::vector<float>{2, 0, 1, 0, 3, 4}));
    EXPECT_EQ(refusal(files[0], ErrorKind::precondition, {.genome = "hg19"}), "genome-missing");
    EXPECT_EQ(refusal(files[1], ErrorKind::precondition), "no-gene-expression");
}

TEST_F(TenxH5, Version2AndGenomes) {
    const auto files = make({"", "f.copy('mm10', 'hg19'); f['hg19/data'][:] = 9"}, true);
    const Dataset one = read_dataset(files[0]);
    EXPECT_EQ(one.var.index, (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_EQ(to_dense(*one.x).values, (std::vector<float>{2, 0, 1, 0, 3, 4}));
    EXPECT_EQ(refusal(files[1], ErrorKind::precondition), "several-genomes");
    EXPECT_EQ(refusal(files[1], ErrorKind::precondition, {.genome = "zf11"}), "genome-missing");
    EXPECT_EQ(sum(read_dataset(files[1], {.genome = "hg19"})), 36);
}

TEST_F(TenxH5, Refuses) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"put('indices', np.array([2, 0, 1, 3]))", "sparse-index-out-of-range"},
        {"put('indptr', np.array([0, 5, 4]))", "sparse-indptr-decreasing"},
        {"put('indptr', np.array([0, 2]))", "sparse-indptr-length"},
        {"put('shape', np.array([3, 3]))", "axis-length"},
        {"put('shape', np.array([-3, 2]))", "sparse-shape"},
        {"put('shape', np.array([3]))", "sparse-shape"},
        {"put('barcodes', np.array([b'a']))", "axis-length"},
        {"put('data', np.array([b'a', b'b', b'c', b'd']))", "type-not-supported"},
        {"del m['data']", "missing-element"},
        {"del t['id']", "missing-element"},
    };
    std::vector<std::string> changes;
    for (const auto& [change, type] : cases) changes.push_back(change);
    const auto files = make(changes);
    for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(refusal(files[i], ErrorKind::unreadable), cases[i].second) << cases[i].first;
}

// formats.md 9.7 and the data README.
TEST(ReadTenxH5, TheReaderPacks) {
    const auto packs = shared_folder() / "data/readers";
    LEXICELL_NEEDS(packs);
    const auto scanpy = packs / "10x-scanpy";
    expect_equal(read_dataset(scanpy / "v1.2.0/filtered_gene_bc_matrices_h5.h5"), read_dataset(scanpy / "v1.2.0"));
    expect_equal(read_dataset(scanpy / "v3.0.0/filtered_feature_bc_matrix.h5"), read_dataset(scanpy / "v3.0.0"));
    EXPECT_EQ(refusal(scanpy / "v1.2.0/multiple_genomes.h5", ErrorKind::precondition), "several-genomes");
    EXPECT_EQ(sum(read_dataset(scanpy / "v1.2.0/multiple_genomes.h5", {.genome = "hg19_chr21"})), 12);
    EXPECT_EQ(sum(read_dataset(scanpy / "v1.2.0/multiple_genomes.h5", {.genome = "another_genome"})), 13);

    const Dataset heart = read_dataset(shared_folder() / "data/heart_1k_v2_cellranger.h5");
    EXPECT_EQ(heart.cells(), 712);
    EXPECT_EQ(heart.genes(), 31053);
    EXPECT_EQ(to_csr(*heart.x).nonzeros(), 1297265);
    EXPECT_EQ(sum(heart), 5851495);
    EXPECT_EQ(std::ranges::max(to_csr(*heart.x).values), 8053);
    EXPECT_EQ(heart.var.index[0], "Xkr4");

    RecordingSink sink;
    const Dataset probes = read_dataset(scanpy / "visium-2.1.0/raw_probe_bc_matrix.h5", {}, sink);
    EXPECT_EQ(probes.genes(), 1000);
    EXPECT_EQ(probes.cells(), 4987);
    EXPECT_EQ(to_csr(*probes.x).nonzeros(), 858);
    EXPECT_EQ(sum(probes), 3372);
    EXPECT_EQ(probes.var.index[0], "DEPRECATED_ENSMUSG00000000157|Itgb2l|2ef1e7b");
    ASSERT_TRUE(warning(sink, "probe-panel"));
    const auto kept = std::get<std::vector<bool>>(probes.obs.find("filtered_barcodes")->values);
    EXPECT_EQ(std::ranges::count(kept, true), 2348);
    EXPECT_EQ(std::ranges::count(std::get<std::vector<bool>>(probes.var.find("filtered_probes")->values), true), 682);
    const Dataset genes = collapse_probes(probes);
    EXPECT_EQ(genes.genes(), 988);
    EXPECT_EQ(sum(genes), 3372);
    EXPECT_EQ(genes.cells(), 4987);
    EXPECT_THROW(collapse_probes(genes.x ? Dataset{.x = genes.x} : Dataset{}), Error);
}

TEST(ReadVisium, TheReaderPacks) {
    const auto packs = shared_folder() / "data/readers";
    LEXICELL_NEEDS(packs);
    RecordingSink sink;
    const Dataset first = read_dataset(packs / "10x-scanpy/visium-1.0.0", {}, sink);
    EXPECT_EQ(first.cells(), 100);
    EXPECT_EQ(sum(first), 932);
    EXPECT_EQ(sink.lines.back(), "100 of 4992 spots joined by barcode");
    EXPECT_EQ(std::get<DenseMatrix>(first.obsm.at("spatial")).rows, 100);
    EXPECT_TRUE(first.uns.contains("spatial"));

    RecordingSink seurat_sink;
    const Dataset second = read_dataset(packs / "10x-seurat/visium", {}, seurat_sink);
    EXPECT_EQ(second.cells(), 2695);
    EXPECT_EQ(to_csr(*second.x).nonzeros(), 50355);
    EXPECT_EQ(sum(second), 132231);
    ASSERT_TRUE(warning(seurat_sink, "empty-cells"));
    EXPECT_EQ(warning(seurat_sink, "empty-cells")->count, 6u);
    // AAACAAGTATCTCCCA-1 of the positions file: its row of the table in pixels is y, its column x.
    ASSERT_EQ(second.obs.index[0], "AAACAAGTATCTCCCA-1");
    const auto in_tissue = std::get<std::vector<bool>>(second.obs.find("in_tissue")->values);
    EXPECT_EQ(std::ranges::count(in_tissue, true), 2695);
}

TEST(ReadVisium, JoinsByBarcodeWithAndWithoutAHeader) {
    const auto packs = shared_folder() / "data/readers";
    LEXICELL_NEEDS(packs);
    const testing_support::ScratchFolder folder;
    std::filesystem::copy_file(packs / "10x-scanpy/visium-1.0.0/filtered_feature_bc_matrix.h5", folder / "filtered_feature_bc_matrix.h5");
    const std::vector<std::string> barcodes = read_dataset(folder / "filtered_feature_bc_matrix.h5").obs.index;
    std::string positions;
    for (std::size_t i = barcodes.size(); i-- > 0;) positions += barcodes[i] + ",1," + std::to_string(i) + ",7,100.5,200.25\n";
    std::filesystem::create_directories(folder / "spatial");
    folder.write("spatial/tissue_positions.csv", "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n" + positions);
    const Dataset data = read_dataset(folder.path());
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(data.obs.find("array_row")->values)[3], 3);
    EXPECT_EQ(std::get<DenseMatrix>(data.obsm.at("spatial"))(3, 0), 200.25f);
    EXPECT_EQ(std::get<DenseMatrix>(data.obsm.at("spatial"))(3, 1), 100.5f);
    std::filesystem::remove(folder / "spatial/tissue_positions.csv");
    folder.write("spatial/tissue_positions_list.csv", positions);
    expect_equal(read_dataset(folder.path()), data);
    folder.write("spatial/tissue_positions_list.csv", positions.substr(positions.find('\n') + 1));
    EXPECT_EQ(refusal(folder.path(), ErrorKind::unreadable), "spot-missing");
    folder.write("spatial/tissue_positions_list.csv", positions + positions);
    EXPECT_EQ(refusal(folder.path(), ErrorKind::unreadable), "spot-twice");
    folder.write("spatial/tissue_positions_list.csv", "a,b,c\n");
    EXPECT_EQ(refusal(folder.path(), ErrorKind::unreadable), "table-width");
    folder.write("spatial/tissue_positions_list.csv", positions);
    folder.write("spatial/scalefactors_json.json", "[1]");
    EXPECT_EQ(refusal(folder.path(), ErrorKind::unreadable), "scalefactors");
}

}  // namespace
}  // namespace lexicell
