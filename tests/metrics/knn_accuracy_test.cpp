#include "lexicell/metrics/knn_accuracy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

TEST(StratifiedFolds, AreEvenInEveryClassAndOverall) {
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 103; ++i) labels.push_back(i % 7 == 0 ? -1 : i % 3);
    const std::vector<std::int32_t> folds = stratified_folds(labels, 5, 9);
    EXPECT_EQ(folds, stratified_folds(labels, 5, 9));
    EXPECT_NE(folds, stratified_folds(labels, 5, 10));
    std::map<std::int32_t, int> sizes;
    std::map<std::pair<std::int32_t, std::int32_t>, int> by_class;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) {
            EXPECT_EQ(folds[i], -1);
            continue;
        }
        ++sizes[folds[i]];
        ++by_class[{labels[i], folds[i]}];
    }
    ASSERT_EQ(sizes.size(), 5u);
    const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end(), [](auto& a, auto& b) { return a.second < b.second; });
    EXPECT_LE(most->second - least->second, 1);
    for (std::int32_t label = 0; label < 3; ++label)
        for (std::int32_t fold = 1; fold < 5; ++fold) EXPECT_LE(std::abs(by_class[{label, fold}] - by_class[{label, 0}]), 1);
}

TEST(KnnAccuracy, SeparatedClassesAreRightAndNoiseIsChance) {
    RandomStream random(7);
    DenseMatrix points(600, 5), noise(600, 5);
    std::vector<std::int32_t> labels;
    for (std::int64_t i = 0; i < 600; ++i) {
        labels.push_back(i < 400 ? 0 : i < 597 ? 2 : 5);  // three cells of class 5: dropped
        for (std::int64_t d = 0; d < 5; ++d) {
            noise(i, d) = static_cast<float>(random.normal());
            points(i, d) = static_cast<float>(random.normal() + 20 * labels.back());
        }
    }
    labels[0] = -1;
    const KnnAccuracyResult right = knn_accuracy(points, labels, {.threads = 2});
    EXPECT_EQ(right.accuracy, 1);
    EXPECT_EQ(right.macro_f1, 1);
    EXPECT_EQ(right.cells, 596);
    EXPECT_EQ(right.classes, 2);
    EXPECT_NEAR(right.largest_class, 399.0 / 596, 1e-12);
    EXPECT_EQ(right.predicted[0], -1);
    EXPECT_EQ(right.predicted[599], -1);
    const KnnAccuracyResult chance = knn_accuracy(noise, labels);
    EXPECT_NEAR(chance.accuracy, chance.largest_class, 0.06);
    EXPECT_LT(chance.macro_f1, 0.6);
}

TEST(KnnAccuracy, RefusesASingleClass) {
    EXPECT_THROW(knn_accuracy(DenseMatrix(10, 2), std::vector<std::int32_t>(10, 3)), Error);
}

}  // namespace
}  // namespace lexicell
