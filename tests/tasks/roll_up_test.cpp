#include "lexicell/tasks/roll_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lexicell {
namespace {

using testing::ElementsAre;

// cell > lymphocyte > {T, B}; cell > monocyte.
Ontology tree() {
    return Ontology({{.id = "0", .name = "cell"}, {.id = "1", .name = "lymphocyte", .parents = {0}}, {.id = "2", .name = "T cell", .parents = {1}},
                     {.id = "3", .name = "B cell", .parents = {1}}, {.id = "4", .name = "monocyte", .parents = {0}}});
}

DenseMatrix rows(std::vector<float> values) {
    DenseMatrix out(std::ssize(values) / 4, 4);
    out.values = std::move(values);
    return out;
}

TEST(RollUp, RetreatsToTheNearestSafeAncestor) {
    const Ontology ontology = tree();
    const OntologyClasses classes = place_classes(ontology, {"T cell", "B cell", "monocyte", "mystery"});
    EXPECT_THAT(classes.unknown, ElementsAre("mystery"));
    const RolledUp found = roll_up(rows({.95f, .03f, .02f, 0,     // sure of T
                                         .50f, .46f, .04f, 0,     // a lymphocyte of either kind
                                         .50f, .10f, .40f, 0,     // only "cell" is safe, which says nothing
                                         .10f, .10f, .10f, .7f}),  // the most probable class has no term
                                   classes, ontology, 0.9);
    EXPECT_THAT(found.term, ElementsAre(2, 1, -1, -1));
    EXPECT_NEAR(found.probability[1], .96, 1e-6);
    EXPECT_EQ(found.retreated, 1);
}

TEST(RollUp, AClassThatIsAnAncestorOfAnotherCoversIt) {
    const Ontology ontology = tree();
    const OntologyClasses classes = place_classes(ontology, {"lymphocyte", "B cell", "monocyte", "mystery"});
    const RolledUp found = roll_up(rows({.5f, .45f, .05f, 0}), classes, ontology, 0.9);
    EXPECT_THAT(found.term, ElementsAre(1));
}

}  // namespace
}  // namespace lexicell
