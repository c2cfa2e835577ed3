#include "lexicell/metrics/knn_transfer.h"

#include <gtest/gtest.h>

namespace lexicell {
namespace {

DenseMatrix line(std::vector<float> values) {
    DenseMatrix out(static_cast<std::int64_t>(values.size()), 1);
    out.values = std::move(values);
    return out;
}

TEST(KnnTransfer, TakesTheMajorityOfTheNearestLabelledCells) {
    const DenseMatrix reference = line({0, 1, 2, 10, 11, 12, 10.4f});
    const std::vector<std::int32_t> labels = {0, 0, 1, 1, 1, 1, -1};
    const DenseMatrix query = line({0.4f, 10.5f});
    EXPECT_EQ(knn_transfer(reference, labels, query, {.k = 3}), (std::vector<std::int32_t>{0, 1}));
    EXPECT_DOUBLE_EQ(knn_transfer_accuracy(reference, labels, query, std::vector<std::int32_t>{0, 0}, {.k = 3}), 0.5);
    EXPECT_DOUBLE_EQ(knn_transfer_accuracy(reference, labels, query, std::vector<std::int32_t>{0, -1}, {.k = 3}), 1.0);
}

TEST(KnnTransfer, TiesGoToTheSmallerCode) {
    EXPECT_EQ(knn_transfer(line({0, 2}), std::vector<std::int32_t>{4, 3}, line({1}), {.k = 2}), (std::vector<std::int32_t>{3}));
}

TEST(KnnTransfer, AsksFewerNeighboursOfASmallReferenceAndSaysNothingWithoutLabels) {
    EXPECT_EQ(knn_transfer(line({0, 2}), std::vector<std::int32_t>{5, -1}, line({1})), (std::vector<std::int32_t>{5}));
    EXPECT_EQ(knn_transfer(line({0, 2}), std::vector<std::int32_t>{-1, -1}, line({1})), (std::vector<std::int32_t>{-1}));
    EXPECT_TRUE(knn_transfer(line({0, 2}), std::vector<std::int32_t>{0, 1}, DenseMatrix(0, 1)).empty());
}

}  // namespace
}  // namespace lexicell
