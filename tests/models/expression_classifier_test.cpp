#include "lexicell/models/baseline/expression_classifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"

namespace lexicell {
namespace {

struct Planted {
    CsrMatrix counts{.rows = 120, .cols = 30};
    std::vector<std::int32_t> labels;
    std::vector<std::string> genes, classes = {"a", "b", "c"};
    Frame obs;
};

// Three classes, each with ten genes of its own.
const Planted& planted() {
    static const Planted made = [] {
        Planted out;
        RandomStream random(random_key(5, 6));
        for (std::int64_t i = 0; i < out.counts.rows; ++i) {
            out.labels.push_back(static_cast<std::int32_t>(i % 3));
            for (std::int64_t g = 0; g < out.counts.cols; ++g)
                if (random.uniform() < (g / 10 == i % 3 ? 0.8 : 0.15)) {
                    out.counts.indices.push_back(static_cast<std::int32_t>(g));
                    out.counts.values.push_back(static_cast<float>(1 + random.below(3)));
                }
            out.counts.indptr.push_back(static_cast<std::int64_t>(out.counts.indices.size()));
        }
        for (std::int64_t g = 0; g < out.counts.cols; ++g) out.genes.push_back("G" + std::to_string(g));
        return out;
    }();
    return made;
}

std::unique_ptr<ExpressionClassifier> fitted(const std::string& kind, int threads = 1) {
    const Planted& p = planted();
    const MemoryCells source(p.counts, p.genes, p.obs);
    return fit_classifier(kind, logged_expression(source, p.genes, kTargetSum, silence()), p.labels, p.genes, p.classes, {.components = 5, .threads = threads});
}

double accuracy(const DenseMatrix& logits) {
    double right = 0;
    for (std::int64_t i = 0; i < logits.rows; ++i) {
        const auto row = logits.row(i);
        right += std::ranges::max_element(row) - row.begin() == planted().labels[i];
    }
    return right / static_cast<double>(logits.rows);
}

TEST(ExpressionClassifier, EveryKindButTheMajorityTellsPlantedClasses) {
    const MemoryCells source(planted().counts, planted().genes, planted().obs);
    for (const std::string& kind : classifier_kinds()) {
        const double reached = accuracy(fitted(kind)->class_logits(source, silence()));
        if (kind == "majority") EXPECT_NEAR(reached, 1.0 / 3, 1e-9);
        else EXPECT_GT(reached, 0.95) << kind;
    }
}

TEST(ExpressionClassifier, IsTheSameAfterItWasSaved) {
    const MemoryCells source(planted().counts, planted().genes, planted().obs);
    for (const std::string& kind : classifier_kinds()) {
        const auto model = fitted(kind);
        const auto again = load_classifier(model->kind(), model->tensors(), model->classifier_genes(), model->classes());
        EXPECT_EQ(model->class_logits(source, silence()).values, again->class_logits(source, silence()).values) << kind;
    }
}

TEST(ExpressionClassifier, HasTheSameBitsForAnyThreads) {
    const MemoryCells source(planted().counts, planted().genes, planted().obs);
    for (const std::string& kind : classifier_kinds())
        EXPECT_EQ(fitted(kind, 1)->class_logits(source, silence()).values, fitted(kind, 2)->class_logits(source, silence()).values) << kind;
}

TEST(ExpressionClassifier, PairsGenesByNameAndWarnsOfAbsentOnes) {
    const Planted& p = planted();
    std::vector<std::int64_t> backwards;
    std::vector<std::string> names;
    for (std::int64_t g = p.counts.cols - 1; g >= 0; --g) {
        backwards.push_back(g);
        names.push_back(p.genes[g]);
    }
    const CsrMatrix turned = take_cols(p.counts, backwards);
    const auto model = fitted("logistic");
    EXPECT_EQ(model->class_logits(MemoryCells(p.counts, p.genes, p.obs), silence()).values, model->class_logits(MemoryCells(turned, names, p.obs), silence()).values);

    RecordingSink sink;
    names[0] = "another";
    model->class_logits(MemoryCells(turned, names, p.obs), sink);
    ASSERT_EQ(sink.warnings.size(), 1u);
    EXPECT_EQ(sink.warnings[0].name, "genes-absent");
    std::ranges::fill(names, "another");
    EXPECT_THROW(model->class_logits(MemoryCells(turned, names, p.obs), silence()), Error);
}

TEST(ExpressionClassifier, RefusesTensorsThatDoNotFit) {
    const auto model = fitted("knn");
    SafetensorsFile damaged = model->tensors();
    damaged.tensors.erase("mean");
    EXPECT_THROW(load_classifier("knn", damaged, model->classifier_genes(), model->classes()), Error);
    damaged = model->tensors();
    const std::vector<double> labels(120, 7);
    damaged.tensors["labels"] = HostTensor::of(std::span<const double>(labels), {120});
    EXPECT_THROW(load_classifier("knn", damaged, model->classifier_genes(), model->classes()), Error);
    const auto correlating = fitted("singler");
    for (const char* name : {"labels", "markers.gene", "markers.label", "marker_genes"}) {
        damaged = correlating->tensors();
        damaged.tensors[name] = HostTensor::of(std::span<const double>(labels), {120});
        EXPECT_THROW(load_classifier("singler", damaged, correlating->classifier_genes(), correlating->classes()), Error);
    }
    EXPECT_THROW(load_classifier("oracle", model->tensors(), model->classifier_genes(), model->classes()), Error);
    EXPECT_THROW(fitted("oracle"), Error);
}

}  // namespace
}  // namespace lexicell
