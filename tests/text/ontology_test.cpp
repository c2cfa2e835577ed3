#include "lexicell/text/ontology.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing::ElementsAre;

constexpr const char* kObo = R"(format-version: 1.2

[Term]
id: X:1
name: cell

[Term]
id: X:2
name: lymphocyte
is_a: X:1 ! cell

[Term]
id: X:3
name: T cell
synonym: "T-\"lymphocyte\"" EXACT []
synonym: "shared" RELATED []
is_a: X:2 {source="y"} ! lymphocyte

[Term]
id: X:4
name: B cell
synonym: "shared" RELATED []
synonym: "lymphocyte" BROAD []
is_a: X:2
is_a: X:9 ! gone

[Term]
id: X:9
name: obsolete thing
is_obsolete: true

[Typedef]
id: part_of
name: part of
)";

Ontology from(const std::string& text) {
    const testing_support::ScratchFolder folder;
    return read_ontology(folder.write("o.obo", text));
}

TEST(Ontology, ReadsObo) {
    const Ontology ontology = from(kObo);
    ASSERT_EQ(ontology.terms().size(), 4u);
    EXPECT_EQ(ontology.find("t CELL"), 2);
    EXPECT_EQ(ontology.find("X:4"), 3);
    EXPECT_EQ(ontology.find("t-\"lymphocyte\""), 2);
    EXPECT_EQ(ontology.find("lymphocyte"), 1) << "a name stands before a synonym";
    EXPECT_FALSE(ontology.find("shared")) << "a synonym of two terms names neither";
    EXPECT_FALSE(ontology.find("obsolete thing"));
    EXPECT_FALSE(ontology.find("part of"));
    EXPECT_THAT(ontology.lineage(2), ElementsAre(2, 1, 0));
    EXPECT_THAT(ontology.terms()[3].parents, ElementsAre(1)) << "an obsolete parent is dropped";
}

TEST(Ontology, ReadsTheJsonForm) {
    const Ontology ontology = from(R"({"X:1": {"label": "cell", "ancestors": {}}, "X:2": {"label": "lymphocyte", "ancestors": {"X:1": 1}},
        "X:3": {"label": "T cell", "synonyms": ["T"], "ancestors": {"X:1": 2, "X:2": 1}}, "X:4": {"label": "old", "deprecated": true}})");
    ASSERT_EQ(ontology.terms().size(), 3u);
    EXPECT_THAT(ontology.lineage(*ontology.find("t")), ElementsAre(2, 1, 0));
}

TEST(Ontology, RefusesWhatIsNone) {
    EXPECT_THROW(from("hello\n"), Error);
    EXPECT_THROW(from("{\"X:1\": 3}"), Error);
    EXPECT_THROW(from("{\"X:1\": {\"label\""), Error);
    EXPECT_THROW(from("[Term]\nid: X:1\nname: a\nis_a: X:2\n\n[Term]\nid: X:2\nname: b\nis_a: X:1\n"), Error) << "a cycle";
    EXPECT_THROW(from("[Term]\nid: X:1\nname: a\n\n[Term]\nid: X:1\nname: b\n"), Error) << "an id twice";
}

TEST(Ontology, CellOntologyInBothForms) {
    const std::filesystem::path folder = testing_support::shared_folder() / "knowledge" / "ontology";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
    for (const char* file : {"cl-basic.obo", "CL-ontology-v2026-03-26.json.zst"}) {
        const Ontology ontology = read_ontology(folder / file);
        EXPECT_GT(ontology.terms().size(), 2000u) << file;
        const auto b_cell = ontology.find("B cell");
        ASSERT_TRUE(b_cell) << file;
        EXPECT_EQ(ontology.terms()[*b_cell].id, "CL:0000236") << file;
        const std::vector<std::int32_t> above = ontology.lineage(*b_cell);
        EXPECT_NE(std::ranges::find(above, *ontology.find("lymphocyte")), above.end()) << file;
    }
}

}  // namespace
}  // namespace lexicell
