#include "lexicell/data/dataset.h"

#include <gtest/gtest.h>

namespace lexicell {
namespace {

DenseMatrix example() {
    DenseMatrix m(3, 4);
    m.values = {0, 1, 0, 2, 3, 0, 0, 0, 0, 4, 5, 6};
    return m;
}

TEST(Matrix, SparseAndDenseAgree) {
    const DenseMatrix dense = example();
    const CsrMatrix sparse = to_csr(dense);
    EXPECT_EQ(sparse.nonzeros(), 6);
    EXPECT_EQ(to_dense(sparse).values, dense.values);
    EXPECT_EQ(to_dense(transpose(transpose(sparse))).values, dense.values);
    const std::vector<std::int64_t> rows = {2, 0}, cols = {3, 1};
    EXPECT_EQ(to_dense(take_cols(take_rows(sparse, rows), cols)).values, take_cols(take_rows(dense, rows), cols).values);
}

TEST(Frame, ColumnsSpeakText) {
    Frame frame{.index = {"a", "b", "c"}};
    frame.set("n", {.values = std::vector<std::int64_t>{10, 9, 10}});
    frame.set("s", {.values = categorize(std::vector<std::string>{"y", "x", "y"}, {false, false, true})});
    const Categorical groups = as_categorical(*frame.find("n"));
    EXPECT_EQ(groups.categories, (std::vector<std::string>{"9", "10"}));
    EXPECT_EQ(groups.codes, (std::vector<std::int32_t>{1, 0, 1}));
    EXPECT_EQ(frame.find("s")->text(0), "y");
    EXPECT_TRUE(frame.find("s")->is_missing(2));
    EXPECT_EQ(frame.find("none"), nullptr);
}

TEST(Dataset, TakesCellsAndRemembersTheirOrigin) {
    Dataset data{.obs = {.index = {"a", "b", "c"}}, .var = {.index = {"w", "x", "y", "z"}}, .x = example(), .origin = Origin{}};
    data.obsp["g"] = to_csr(DenseMatrix(3, 3));
    const std::vector<std::int64_t> first = {2, 1}, second = {1};
    const Dataset out = take_cells(take_cells(data, first), second);
    EXPECT_EQ(out.obs.index, std::vector<std::string>{"b"});
    EXPECT_EQ(out.origin->obs_rows, std::vector<std::int64_t>{1});
    EXPECT_EQ(to_dense(*out.x).values, (std::vector<float>{3, 0, 0, 0}));
    EXPECT_EQ(cols_of(out.obsp.at("g")), 1);
}

}  // namespace
}  // namespace lexicell
