#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lexicell/base/random.h"
#include "lexicell/report/density.h"
#include "lexicell/report/dot_plot.h"
#include "lexicell/report/drop_report.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/report/line_figure.h"
#include "lexicell/report/loss_curves.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/qc_figures.h"

namespace lexicell {
namespace {

TEST(Table, WritesNumbersForReaders) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(-1234567), "-1,234,567");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_number(0.012345), "0.0123");
    EXPECT_EQ(format_number(999.9), "1,000");
    EXPECT_EQ(format_number(12345.6), "12,346");
    EXPECT_EQ(format_number(1234.5, 6), "1234.5");
    EXPECT_EQ(format_number(std::nan("")), "");
    EXPECT_EQ(format_number(3e-12), "3e-12");
    EXPECT_EQ(format_percent(0.1234), "12.3 %");
}

TEST(Density, FollowsTheNormalDensityOfItsSample) {
    RandomStream random(11);
    std::vector<double> values(20000);
    for (double& v : values) v = 3 + 2 * random.normal();
    const Density estimate = density(values);
    for (std::size_t i = 0; i < estimate.at.size(); ++i) {
        const double z = (estimate.at[i] - 3) / 2;
        EXPECT_NEAR(estimate.value[i], std::exp(-0.5 * z * z), 0.04);
    }
    std::ranges::reverse(values);
    EXPECT_EQ(density(values).value, estimate.value) << "the order of the cells does not matter";
    EXPECT_EQ(estimate.at.front(), *std::ranges::min_element(values));
    EXPECT_EQ(estimate.at.back(), *std::ranges::max_element(values));
}

TEST(Density, HasAnAnswerForFewValues) {
    EXPECT_TRUE(density({}).at.empty());
    EXPECT_EQ(density(std::vector<double>{4, 4, 4}).at, std::vector<double>{4});
    const Density two = density(std::vector<double>{0, 1});
    for (const double v : two.value) EXPECT_TRUE(std::isfinite(v));
    const std::vector<double> ascending = {1, 2, 3, 4};
    EXPECT_DOUBLE_EQ(quantile(ascending, 0.5), 2.5);
    EXPECT_DOUBLE_EQ(quantile(ascending, 0.25), 1.75);
}

TEST(QcViolins, OneFigureAMetricOneViolinAGroup) {
    const Categorical donor{{0, 0, 1, 1, -1, 0}, {"d1", "d2", "empty"}};
    const std::vector<QcMetric> metrics = {{"counts", {1, 2, 30, 40, 5, std::nanf("")}, true, 2.0, std::nullopt}, {"share", {1, 2, 3, 4, 5, 6}}};
    const auto figures = qc_violins(metrics, &donor);
    ASSERT_EQ(figures.size(), 2u);
    ASSERT_EQ(figures[0].table.rows.size(), 2u) << "groups without a cell have no violin";
    EXPECT_EQ(figures[0].table.rows[0], (std::vector<std::string>{"d1", "2", "1", "1.25", "1.5", "1.75", "2"}));
    EXPECT_EQ(figures[0].plot["layout"]["shapes"].size(), 1u) << "the lower bound";
    EXPECT_NE(figures[0].alt.find("Logarithmic"), std::string::npos);
    EXPECT_EQ(qc_violins(metrics)[1].table.rows[0][1], "6");
}

TEST(LossCurves, JoinsTheCurvesByStepInTheTable) {
    const auto figure = loss_curves({{"training", {1, 2, 3}, {9, 8, std::nan("")}}, {"validation", {2}, {8.5}}}, {.best_step = 2});
    ASSERT_EQ(figure.table.rows.size(), 3u);
    EXPECT_EQ(figure.table.rows[1], (std::vector<std::string>{"2", "8", "8.5"}));
    EXPECT_EQ(figure.table.rows[2], (std::vector<std::string>{"3", "", ""}));
    EXPECT_TRUE(figure.plot["data"][0]["y"][2].is_null());
    EXPECT_EQ(figure.plot["layout"]["shapes"].size(), 1u);
}

TEST(LossCurves, SayInWordsWhatTheyShow) {
    const auto figure = loss_curves({{"training", {1, 2}, {9, 8}}}, {.step_name = "epoch", .value_name = "loss", .best_step = 2});
    EXPECT_EQ(figure.alt, "Loss by epoch: training from 9 to 8. Marked at epoch 2: weights kept.");
    EXPECT_FALSE(figure.plot["layout"]["showlegend"].get<bool>());
}

TEST(Heatmap, HasARowOfTheTableARowAndLeavesMissingCellsEmpty) {
    DenseMatrix values(2, 2);
    values(0, 0) = .9f, values(0, 1) = .1f, values(1, 1) = std::nanf("");
    const auto figure = heatmap({"T", "B"}, {"T", "B"}, values, {"Confusion", "true label", "predicted label", "share", false, 0, 1});
    EXPECT_EQ(figure.table.rows[0], (std::vector<std::string>{"T", "0.9", "0.1"}));
    EXPECT_EQ(figure.table.rows[1], (std::vector<std::string>{"B", "0", ""}));
    EXPECT_TRUE(figure.plot["data"][0]["z"][1][1].is_null());
    EXPECT_EQ(figure.plot["layout"]["coloraxis"]["cmax"], 1.0);
}

TEST(DotPlot, AreaIsTheShareAndColourIsScaledWithinTheGene) {
    DenseMatrix mean(2, 2), share(2, 2);
    mean(0, 0) = 4, mean(1, 0) = 1, share(0, 0) = 1, share(1, 0) = .25f;
    const auto figure = dot_plot({"T", "B"}, {"CD3E", "none"}, mean, share, {"T", "B"});
    const auto& marker = figure.plot["data"][0]["marker"];
    EXPECT_DOUBLE_EQ(marker["size"][1].get<double>(), marker["size"][0].get<double>() / 2) << "a quarter of the area";
    EXPECT_EQ(marker["color"], nlohmann::json({1.0, 0.0, 0.0, 0.0}));
    const auto& shapes = figure.plot["layout"]["shapes"];
    EXPECT_EQ(std::ranges::count(shapes, "line", [](const auto& shape) { return shape["type"]; }), 1) << "one border between two blocks";
    EXPECT_EQ(figure.table.rows[0], (std::vector<std::string>{"T", "CD3E", "4", "100.0 %"}));
}

TEST(DropReport, CountsDownToWhatWasKept) {
    const auto blocks = drop_blocks({{{"file", "a.h5ad"}}, 100, 50, {{"empty", 10, ""}, {"dead", 0, ""}}, {{"rare", 25, ""}}});
    ASSERT_EQ(blocks.size(), 2u);
    const auto& figure = std::get<Figure>(blocks[1]);
    EXPECT_EQ(figure.alt, "90 of 100 cells and 25 of 50 genes were kept.");
    ASSERT_EQ(figure.table.rows.size(), 5u);
    EXPECT_EQ(figure.table.rows[4], (std::vector<std::string>{"genes", "rare", "25", "25", "50.0 %", ""}));
}

TEST(DropReport, AnEmptyInputIsNoDivisionByZero) {
    const auto blocks = drop_blocks({});
    EXPECT_EQ(std::get<Figure>(blocks[0]).alt, "0 of 0 cells and 0 of 0 genes were kept.");
}

TEST(ManifestSection, IsWrittenForReaders) {
    const Section section = manifest_section({{"unset", nullptr}, {"none", nlohmann::json::array()}, {"seconds", 61.200995912}, {"memory_bytes", 25276514304},
                                              {"hidden_sizes", {256, 128}}, {"parameters", {{"shared", true}, {"model", {{"latent", 20}}}}}});
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const auto& run = std::get<KeyValues>(section.blocks[0]);
    EXPECT_EQ(run.pairs, (Pairs{{"hidden sizes", "256, 128"}, {"memory bytes", "25,276,514,304"}, {"seconds", "61.2"}}));
    EXPECT_EQ(std::get<KeyValues>(section.blocks[1]).pairs, (Pairs{{"shared", "yes"}}));
    const auto& model = std::get<KeyValues>(section.blocks[2]);
    EXPECT_EQ(model.caption, "Parameters: model");
    EXPECT_EQ(model.pairs, (Pairs{{"latent", "20"}}));
}

TEST(ManifestSection, ShowsScalarsObjectsListsAndTheWhole) {
    const nlohmann::json manifest = {{"seed", 7}, {"hardware", {{"cpu", "x"}}}, {"inputs", {{{"file", "a"}, {"bytes", 3}}, {{"file", "b"}}}}};
    const Section section = manifest_section(manifest);
    ASSERT_EQ(section.blocks.size(), 4u);
    EXPECT_EQ(std::get<KeyValues>(section.blocks[0]).pairs[0], (std::pair<std::string, std::string>{"seed", "7"}));
    const auto& inputs = std::get<Table>(section.blocks[2]);
    EXPECT_EQ(inputs.rows[1], (std::vector<std::string>{"b", ""}));
    EXPECT_EQ(std::get<Code>(section.blocks[3]).value, manifest);
}

// Names reach plotly as text, never as its markup.
TEST(Figures, NamesAreEscapedForPlotly) {
    const std::string bad = "<a href='javascript:x'>&amp;</a>";
    const Categorical groups{{0}, {bad}};
    DenseMatrix one(1, 1);
    const std::vector<QcMetric> metrics = {{bad, {1.0f}}};
    for (const Figure& figure : {qc_violins(metrics, &groups)[0], loss_curves({{bad, {1}, {1}}}), heatmap({bad}, {bad}, one, {bad, bad, bad, bad}), dot_plot({bad}, {bad}, one, one),
                                 std::get<Figure>(drop_blocks({{}, 3, 3, {{bad, 1, bad}}, {}})[0])}) {
        EXPECT_EQ(figure.plot.dump().find("<a"), std::string::npos) << figure.plot.dump();
    }
}

}  // namespace
}  // namespace lexicell
