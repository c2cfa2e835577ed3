// Leiden against igraph and leidenalg on neighbour graphs of real cells.

#include <gtest/gtest.h>

#include "lexicell/graph/leiden.h"
#include "lexicell/io/safetensors.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell::testing_support {
namespace {

TEST(LeidenOracle, ReachesTheModularityOfIgraphAndLeidenalg) {
    const std::vector<std::string> sets = {"mudan_reference_noleak", "pancreas_veloviz", "zeisel_descend"};
    LEXICELL_NEEDS(shared_folder() / "data");
    const ScratchFolder scratch;
    std::vector<std::string> arguments = {scratch.path().string()};
    for (const std::string& set : sets) arguments.push_back((shared_folder() / "data" / (set + ".h5ad")).string());
    ASSERT_TRUE(run_python_script("tests/graph/leiden_oracle.py", arguments));
    for (const std::string& set : sets) {
        SafetensorsFile file = read_safetensors(scratch / (set + ".safetensors"), {.as_data = true});
        CsrMatrix graph{.indptr = file.tensors.at("indptr").to_int64(), .values = file.tensors.at("weights").to_float()};
        graph.rows = graph.cols = static_cast<std::int64_t>(graph.indptr.size()) - 1;
        const std::vector<std::int64_t> indices = file.tensors.at("indices").to_int64();
        graph.indices.assign(indices.begin(), indices.end());
        const std::vector<double> reached = file.tensors.at("reached").to_double();
        for (std::size_t row = 0; row < reached.size(); row += 3) {
            const double ours = leiden(graph, {.resolution = reached[row], .restarts = 10, .threads = 2}).modularity;
            EXPECT_GT(ours, reached[row + 1] * (1 - 1e-3)) << set << " at " << reached[row] << ", igraph";
            EXPECT_GT(ours, reached[row + 2] * (1 - 1e-3)) << set << " at " << reached[row] << ", leidenalg";
            RecordProperty(set + "_" + std::to_string(reached[row]), std::to_string(ours - reached[row + 1]));
        }
    }
}

}  // namespace
}  // namespace lexicell::testing_support
