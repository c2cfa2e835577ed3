#include "lexicell/io/read_table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

Frame parse(const std::string& text, const TableOptions& options = {}) { return read_table(TextSource(text, "memory.csv"), options); }

TEST(ReadTable, GivesColumnsTheirTypes) {
    const Frame frame = parse("id,whole,real,flag,text,gaps,code,nothing\na,1,1.5,True,x,3,007,\nb,-2,NA,False,,NA,1,\nc,3,2,TRUE,z,5,2,\n");
    EXPECT_EQ(frame.index_name, "id");
    EXPECT_EQ(frame.index, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(frame.find("whole")->values), (std::vector<std::int64_t>{1, -2, 3}));
    const auto& real = std::get<std::vector<double>>(frame.find("real")->values);
    EXPECT_EQ(real[0], 1.5);
    EXPECT_TRUE(std::isnan(real[1]));
    EXPECT_EQ(std::get<std::vector<bool>>(frame.find("flag")->values), (std::vector<bool>{true, false, true}));
    EXPECT_TRUE(frame.find("text")->is_missing(1));
    EXPECT_EQ(frame.find("text")->text(2), "z");
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(frame.find("gaps")->values), (std::vector<std::int64_t>{3, 0, 5}));
    EXPECT_TRUE(frame.find("gaps")->is_missing(1));
    EXPECT_EQ(frame.find("code")->text(0), "007");
    EXPECT_TRUE(std::holds_alternative<std::vector<std::string>>(frame.find("nothing")->values));
    EXPECT_TRUE(frame.find("nothing")->is_missing(0));
}

TEST(ReadTable, IndexByNameOrUnnamed) {
    EXPECT_EQ(parse("a,b\nx,1\ny,2\n", {.index = "b"}).index, (std::vector<std::string>{"1", "2"}));
    const Frame unnamed = parse("a,b\nr1,1,2\nr2,3,4\n");
    EXPECT_EQ(unnamed.index, (std::vector<std::string>{"r1", "r2"}));
    EXPECT_EQ(unnamed.columns.size(), 2u);
    EXPECT_EQ(parse("a,b\n").rows(), 0);
}

TEST(ReadTable, Refuses) {
    const auto type = [](const std::string& text, const TableOptions& options = {}) {
        try {
            parse(text, options);
            return std::string("reads");
        } catch (const Error& error) {
            return error.detail().type;
        }
    };
    EXPECT_EQ(type(""), "table-empty");
    EXPECT_EQ(type("a,b\n1,2\n3\n"), "table-width");
    EXPECT_EQ(type("a,b,b\n1,2,3\n"), "column-twice");
    EXPECT_EQ(type("a,b\n1,2\n", {.index = "c"}), "missing-column");
}

TEST(ReadTable, TheOsmFishTables) {
    const auto folder = testing_support::shared_folder() / "data/readers/osmfish";
    LEXICELL_NEEDS(folder);
    const Frame cells = read_table(folder / "osmFISH_prep_cell_metadata.txt");
    EXPECT_EQ(cells.rows(), 6471);
    EXPECT_EQ(cells.index[0], "cell_778");
    EXPECT_EQ(cells.find("Region")->text(0), "Layer 6");
    EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(cells.find("ClusterID")->values));
    const Frame places = read_table(folder / "osmFISH_prep_cell_coordinates.txt");
    EXPECT_EQ(places.rows(), 5328);
    EXPECT_TRUE(std::holds_alternative<std::vector<double>>(places.find("X")->values));
}

}  // namespace
}  // namespace lexicell
