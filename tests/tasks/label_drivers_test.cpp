#include "lexicell/tasks/label_drivers.h"

#include <gtest/gtest.h>

namespace lexicell {
namespace {

// Two types: gene A marks the first, gene B the second, C nothing.
struct Planted {
    CsrMatrix logged;
    std::vector<std::int32_t> labels;
};

Planted plant() {
    DenseMatrix x(60, 3);
    Planted out;
    for (std::int64_t i = 0; i < x.rows; ++i) {
        const auto type = static_cast<std::int32_t>(i % 2);
        out.labels.push_back(type);
        x(i, type) = 2 + 0.01f * static_cast<float>(i % 7);
        x(i, 2) = 1 + 0.1f * static_cast<float>(i % 5);
    }
    out.logged = to_csr(x);
    return out;
}

TEST(LabelDrivers, NamesThePlantedMarkers) {
    const Planted planted = plant();
    const auto classifier = fit_classifier("logistic", planted.logged, planted.labels, {"A", "B", "C"}, {"first", "second"});
    const std::vector<LabelDriver> found = label_drivers(*classifier, planted.logged, planted.labels, 1);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].gene, "A");
    EXPECT_EQ(found[1].gene, "B");
    EXPECT_NEAR(found[0].contribution, found[0].weight * (found[0].inside - found[0].everywhere), 1e-12);
}

TEST(LabelDrivers, AClassifierThatIsNotLinearHasNone) {
    const Planted planted = plant();
    const auto classifier = fit_classifier("knn", planted.logged, planted.labels, {"A", "B", "C"}, {"first", "second"});
    EXPECT_TRUE(label_drivers(*classifier, planted.logged, planted.labels).empty());
}

}  // namespace
}  // namespace lexicell
