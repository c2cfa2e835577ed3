#include "lexicell/genes/merge_genes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lexicell {
namespace {

using testing::ElementsAre;

CsrMatrix example() {
    DenseMatrix m(3, 4);
    m.values = {1, 2, 4, 8, 0, 3, 5, 0, 0, 0, 0, 0};
    return to_csr(m);
}

TEST(MergeGenes, SumsCounts) {
    const MergedGenes merged = merge_duplicate_genes(example(), std::vector<std::int32_t>{7, 3, 7, -1});
    EXPECT_THAT(merged.genes, ElementsAre(7, 3));
    EXPECT_THAT(to_dense(merged.values).values, ElementsAre(5, 2, 5, 3, 0, 0));
    EXPECT_EQ(merged.merged, 1);
    EXPECT_THAT(merged.before, ElementsAre(15, 8, 0));
    EXPECT_THAT(merged.after, ElementsAre(7, 8, 0));
    EXPECT_DOUBLE_EQ(merged.worst_kept, 7.0 / 15);
    EXPECT_DOUBLE_EQ(merged.median_kept, (7.0 / 15 + 1) / 2);
}

TEST(MergeGenes, KeepsTheLargestMeanOfOtherValues) {
    const MergedGenes merged = merge_duplicate_genes(example(), std::vector<std::int32_t>{7, 3, 7, 3}, {.counts = false});
    EXPECT_THAT(merged.genes, ElementsAre(7, 3));
    EXPECT_THAT(to_dense(merged.values).values, ElementsAre(4, 8, 5, 0, 0, 0));
    EXPECT_EQ(merged.merged, 2);
}

TEST(MergeGenes, EqualMeansKeepTheFirst) {
    DenseMatrix m(2, 2);
    m.values = {1, 0, 0, 1};
    EXPECT_THAT(to_dense(merge_duplicate_genes(to_csr(m), std::vector<std::int32_t>{1, 1}, {.counts = false}).values).values, ElementsAre(1, 0));
}

TEST(MergeGenes, WithoutDuplicatesNothingChanges) {
    const MergedGenes merged = merge_duplicate_genes(example(), std::vector<std::int32_t>{0, 1, 2, 3});
    EXPECT_EQ(to_dense(merged.values).values, to_dense(example()).values);
    EXPECT_EQ(merged.merged, 0);
    EXPECT_EQ(merged.worst_kept, 1);
}

}  // namespace
}  // namespace lexicell
