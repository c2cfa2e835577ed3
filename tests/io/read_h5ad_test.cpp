#include "lexicell/io/read_h5ad.h"

#include <gtest/gtest.h>

#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing_support::shared_folder;

struct Totals {
    const char* file;
    std::int64_t cells, genes, nonzeros;
    double sum;
};

// shared/data/README.md, section 1.
class GoldenTotals : public ::testing::TestWithParam<Totals> {};

TEST_P(GoldenTotals, AreExact) {
    const Totals& expected = GetParam();
    const auto path = shared_folder() / "data" / expected.file;
    LEXICELL_NEEDS(path);
    const Dataset data = read_h5ad(path);
    EXPECT_EQ(data.cells(), expected.cells);
    EXPECT_EQ(data.genes(), expected.genes);
    const auto& x = std::get<CsrMatrix>(data.x.value());
    EXPECT_EQ(x.nonzeros(), expected.nonzeros);
    double sum = 0;
    for (const float value : x.values) sum += value;
    EXPECT_EQ(sum, expected.sum);
}

INSTANTIATE_TEST_SUITE_P(Data, GoldenTotals, ::testing::Values(
    Totals{"rcppml_pbmc3k.h5ad", 2700, 13714, 2282976, 6386518},
    Totals{"mudan_reference_noleak.h5ad", 2007, 8863, 2344616, 6940984},
    Totals{"mudan_pbmcA.h5ad", 2896, 13939, 2188298, 6485285},
    Totals{"pbmc68k_reduced_counts.h5ad", 700, 765, 174400, 486651},
    Totals{"zheng68k_mini_165.h5ad", 165, 9621, 96500, 246289},
    Totals{"totalvi_pbmc10k_cite.h5ad", 6855, 4000, 2518605, 7637545},
    Totals{"citeseq_citefuse.h5ad", 500, 19521, 663563, 1719951},
    Totals{"kang_scgen_valid_counts.h5ad", 1975, 6998, 643449, 2156428},
    Totals{"kang_harmony_labelled.h5ad", 2000, 9015, 1129806, 3081827},
    Totals{"kang_muscat_se.h5ad", 12261, 1287, 4266127, 15334912},
    Totals{"scmixology_5batches.h5ad", 1408, 28517, 8256685, 38830448},
    Totals{"paul15_tradeseq.h5ad", 2660, 3004, 2042209, 5178636},
    Totals{"pancreas_veloviz.h5ad", 739, 7192, 1263837, 3667856},
    Totals{"embryo_E3.5_E4.5_mouse.h5ad", 902, 4000, 1375455, 10316327},
    Totals{"perturbench_devel_counts.h5ad", 5961, 500, 211790, 936664},
    Totals{"glioblastoma_lemur.h5ad", 5000, 300, 866327, 5981290},
    Totals{"zeisel_descend.h5ad", 1464, 1095, 708681, 2671031},
    Totals{"osmfish_cortex.h5ad", 6471, 33, 146550, 1248106},
    Totals{"mOB_st.h5ad", 262, 15928, 1424275, 4160648}));

}  // namespace
}  // namespace lexicell
