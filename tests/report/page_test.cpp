#include "lexicell/report/page.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "lexicell/report/assets.h"
#include "lexicell/report/block_html.h"

namespace lexicell {
namespace {

constexpr const char* attack = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

// A page in which every text that a caller can give is hostile.
Page hostile_page() {
    const std::string bad = attack;
    Table table{bad, {{bad}, {bad, true}}, {{bad, bad}}, bad};
    Figure figure{.title = bad, .alt = bad, .plot = {{"data", {{{"name", bad}}}}, {"layout", {{"title", bad}}}}, .table = table, .file_name = bad};
    PointMap map{.title = bad, .alt = bad, .noun = bad, .feature_noun = bad, .axes = bad, .x = {0, 1}, .y = {0, 1}, .names = {bad, bad},
                 .groups = {{bad, {bad}, {0, -1}}}, .numbers = {{bad, {0, 1}}}, .features = {1, 2, {0, 1}, {0}, {2.0f}},
                 .feature_names = {bad}, .colour_by = bad, .notes = {bad}, .file_name = bad};
    return {bad, bad, {{bad, bad}}, {{Note::Level::warning, bad}},
            {{"all", bad, bad, {Paragraph{bad}, table, figure, map, KeyValues{bad, {{bad, bad}}}, Code{bad, {{bad, bad}}, bad}}}}};
}

// The page without the library and our scripts, which are trusted.
std::string without_assets(std::string html) {
    std::vector<std::string_view> assets(report_scripts().begin(), report_scripts().end());
    assets.push_back(plotly_script());
    assets.push_back(report_style());
    for (const std::string_view asset : assets) {
        const std::size_t at = html.find(asset);
        EXPECT_NE(at, std::string::npos) << "an asset is missing";
        if (at != std::string::npos) html.erase(at, asset.size());
    }
    return html;
}

TEST(Page, HostileTextNeverBecomesMarkup) {
    const std::string html = without_assets(render(hostile_page()));
    EXPECT_EQ(html.find("<img"), std::string::npos);
    EXPECT_EQ(html.find("<script>alert"), std::string::npos);
    EXPECT_EQ(html.find("\"'>"), std::string::npos);
    EXPECT_NE(html.find("&lt;img src=x"), std::string::npos);
    const auto count = [&](const std::string& text) {
        std::size_t found = 0;
        for (std::size_t at = html.find(text); at != std::string::npos; at = html.find(text, at + 1)) ++found;
        return found;
    };
    EXPECT_EQ(count("<script"), count("</script"));
    EXPECT_EQ(count("<script"), report_scripts().size() + 1 + 2) << "plotly, ours, one figure, one map";
}

TEST(Page, FetchesNothing) {
    const std::string html = render(hostile_page());
    EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
    const std::string own = without_assets(html);
    EXPECT_FALSE(std::regex_search(own, std::regex("https?://|<link[^>]*href=\"(?!data:)|@import|url\\(")));
    for (const std::string_view asset : report_scripts()) EXPECT_EQ(asset.find("http"), std::string_view::npos);
    EXPECT_EQ(report_style().find("http"), std::string_view::npos);
}

TEST(Page, NoScriptCanEndItsElement) {
    for (const std::string_view asset : report_scripts()) {
        EXPECT_EQ(asset.find("</script"), std::string_view::npos);
        EXPECT_EQ(asset.find("<!--"), std::string_view::npos);
    }
    EXPECT_EQ(plotly_script().find("</script"), std::string_view::npos);
    EXPECT_EQ(plotly_script().find("<!--"), std::string_view::npos);
    EXPECT_GT(plotly_script().size(), 1'000'000u);
}

TEST(Page, EveryIdIsUniqueAndEveryReferenceHasItsTarget) {
    Page page = hostile_page();
    page.sections.push_back(page.sections[0]);
    page.sections[1].id = "again";
    const std::string html = without_assets(render(page));
    std::set<std::string> ids;
    const std::regex id(" id=\"([^\"]*)\"");
    for (std::sregex_iterator at(html.begin(), html.end(), id), end; at != end; ++at) {
        EXPECT_TRUE(ids.insert((*at)[1]).second) << (*at)[1] << " occurs twice";
    }
    const std::regex reference("(?:aria-labelledby|data-csv|data-more|data-text)=\"([^\"]*)\"|href=\"#([^\"]*)\"");
    for (std::sregex_iterator at(html.begin(), html.end(), reference), end; at != end; ++at) {
        EXPECT_TRUE(ids.contains((*at)[1].str() + (*at)[2].str())) << at->str();
    }
}

TEST(Page, WarningsStandBeforeNotes) {
    Page page{.title = "t", .notes = {{Note::Level::info, "the note given first"}, {Note::Level::warning, "the warning given second"}}};
    const std::string html = render(page);
    EXPECT_LT(html.find("the warning given second"), html.find("the note given first"));
}

TEST(Page, RendersTheSameBytesTwice) { EXPECT_EQ(render(hostile_page()), render(hostile_page())); }

TEST(Page, LongTablesKeepEveryRow) {
    Table table{"long", {{"name"}, {"value", true}}, {}, ""};
    for (int i = 0; i < 1000; ++i) table.rows.push_back({"row" + std::to_string(i), std::to_string(i)});
    const std::string html = render({.title = "t", .sections = {{"s", "S", "", {table}}}});
    EXPECT_NE(html.find("First 100 of 1,000 rows"), std::string::npos);
    for (const char* row : {"row0<", "row99<", "\"row100\"", "\"row999\""}) EXPECT_NE(html.find(row), std::string::npos) << row;
}

TEST(Page, IsWrittenWithItsSpecificationsBesideIt) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "lexicell_page_test";
    std::filesystem::create_directories(folder);
    Page page = hostile_page();
    page.sections[0].blocks.push_back(page.sections[0].blocks[2]);  // two figures of one name
    write_page(page, folder / "report.html");
    std::ifstream html(folder / "report.html"), specs(folder / "report.figures.json");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(html), {}), render(page));
    const auto figures = nlohmann::json::parse(specs);
    EXPECT_EQ(figures.size(), 2u);
    for (const auto& [name, figure] : figures.items()) EXPECT_TRUE(figure.contains("data") && figure.contains("layout")) << name;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2);
    std::filesystem::remove_all(folder);
}

TEST(Slug, IsSafeAsFileNameAndAnchor) {
    EXPECT_EQ(slug("Cells, UMAP of X/Y", "f"), "cells-umap-of-x-y");
    EXPECT_EQ(slug("../../etc/passwd", "f"), "etc-passwd");
    EXPECT_EQ(slug("…", "fallback"), "fallback");
    EXPECT_LE(slug(std::string(500, 'a'), "f").size(), 60u);
}

}  // namespace
}  // namespace lexicell
