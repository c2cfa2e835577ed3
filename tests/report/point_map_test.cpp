#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "lexicell/base/random.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/gene_map.h"
#include "lexicell/report/point_map_json.h"

namespace lexicell {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::string from_base64(const std::string& text) {
    std::string result;
    std::uint32_t word = 0;
    int bits = 0;
    for (const char c : text) {
        const auto at = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
        if (at == std::string_view::npos) break;
        word = word << 6 | static_cast<std::uint32_t>(at);
        if ((bits += 6) >= 8) result += static_cast<char>(word >> (bits -= 8) & 255);
    }
    return result;
}

// A feature as the browser unpacks it (assets/point_map_data.js).
std::vector<float> unpack(const nlohmann::json& packed, std::size_t points) {
    const std::string data = from_base64(packed[3]);
    const std::size_t count = packed[2];
    std::vector<float> values(points);
    std::size_t at = 0;
    std::int64_t point = -1;
    for (std::size_t k = 0; k < count; ++k) {
        std::int64_t gap = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(data[at++]);
            gap += static_cast<std::int64_t>(byte & 127) << shift;
            if (byte < 128) break;
        }
        point += gap;
        const auto level = static_cast<unsigned char>(data[data.size() - count + k]);
        values[point] = packed[0].get<float>() + (level - 1) * packed[1].get<float>();
    }
    EXPECT_EQ(at + count, data.size());
    return values;
}

TEST(PointMap, FeaturesKeepTheirZerosAndLoseLessThanHalfALevel) {
    const std::size_t points = 70000;
    PointMap map{.x = std::vector<float>(points), .y = std::vector<float>(points)};
    std::vector<float> truth(points);
    map.features = {1, static_cast<std::int64_t>(points), {0}, {}, {}};
    for (std::size_t i = 0; i < points; i += i < 300 ? 1 : 20001) {  // gaps of one, two and three bytes
        truth[i] = 0.3f + std::fmod(static_cast<float>(i) * 0.37f, 6.0f);
        map.features.indices.push_back(static_cast<std::int32_t>(i));
        map.features.values.push_back(truth[i]);
    }
    map.features.indptr.push_back(map.features.nonzeros());
    map.feature_names = {"g"};
    const auto json = point_map_json(map);
    const auto values = unpack(json["features"][0], points);
    for (std::size_t i = 0; i < points; ++i) {
        EXPECT_EQ(values[i] == 0, truth[i] == 0);
        EXPECT_NEAR(values[i], truth[i], 6.0 / 254 / 2 + 1e-5);
    }
}

TEST(PointMap, NegativeValuesAndSingleValuesComeBack) {
    PointMap map{.x = {0, 1, 2}, .y = {0, 1, 2}};
    map.features = {2, 3, {0, 3, 4}, {0, 1, 2, 1}, {-2.0f, 1.0f, nan, 5.0f}};
    map.feature_names = {"scaled", "single"};
    const auto json = point_map_json(map);
    EXPECT_EQ(unpack(json["features"][0], 3), (std::vector<float>{-2, 1, 0}));
    EXPECT_EQ(unpack(json["features"][1], 3), (std::vector<float>{0, 5, 0}));
}

TEST(PointMap, PointsWithoutAPlaceAreMarked) {
    const PointMap map{.x = {-3, nan, 7}, .y = {0, 0, 0}};
    const std::string levels = from_base64(point_map_json(map)["x"]["levels"]);
    const auto* x = reinterpret_cast<const std::uint16_t*>(levels.data());
    EXPECT_EQ(x[0], 0);
    EXPECT_EQ(x[1], 65535);
    EXPECT_EQ(x[2], 65534);
}

Frame three_cells() {
    Frame obs{.index = {"a", "b", "c"}};
    obs.set("cluster", {Categorical{{0, 1, -1}, {"T", "B"}}});
    obs.set("depth", {std::vector<double>{1, 2, 3}});
    obs.set("barcode", {std::vector<std::string>{"x", "y", "z"}});
    return obs;
}

TEST(CellMap, TakesTheColumnsThatCanBeDrawn) {
    const auto map = cell_map(DenseMatrix(3, 2), three_cells(), DenseMatrix(3, 1), {"g"}, {.colour_by = "cluster", .most_groups = 2});
    ASSERT_EQ(map.groups.size(), 1u);
    EXPECT_EQ(map.groups[0].name, "cluster");
    ASSERT_EQ(map.numbers.size(), 1u);
    EXPECT_EQ(map.numbers[0].values, (std::vector<float>{1, 2, 3}));
    ASSERT_EQ(map.notes.size(), 1u);
    EXPECT_NE(map.notes[0].find("barcode"), std::string::npos);
    const Table table = point_map_table(map);
    ASSERT_EQ(table.rows.size(), 4u) << "T, B, missing, depth";
    EXPECT_EQ(table.rows[2][1], "(missing)");
}

TEST(CellMap, FewIntegersAreGroupsManyAreNumbers) {
    Frame obs;
    std::vector<std::int64_t> cluster, counts;
    for (int i = 0; i < 100; ++i) {
        obs.index.push_back(std::to_string(i));
        cluster.push_back(i % 3);
        counts.push_back(100 * i);
    }
    obs.set("cluster", {cluster});
    obs.set("counts", {counts});
    const auto map = cell_map(DenseMatrix(100, 2), obs, DenseMatrix(100, 0), {});
    ASSERT_EQ(map.groups.size(), 1u);
    EXPECT_EQ(map.groups[0].labels, (std::vector<std::string>{"0", "1", "2"}));
    ASSERT_EQ(map.numbers.size(), 1u);
    EXPECT_EQ(map.numbers[0].name, "counts");
}

TEST(CellMap, MarkersComeFirstThenTheMostVariableGenesThatFit) {
    DenseMatrix expression(3, 4);
    expression(0, 0) = 9, expression(0, 1) = 1, expression(1, 2) = 5, expression(2, 3) = .1f;
    const std::vector<std::string> genes = {"wide", "marker", "middle", "flat"};
    CellMapOptions options{.first_genes = {"marker", "absent"}, .gene_bytes = 3 * 66};
    const auto map = cell_map(DenseMatrix(3, 2), three_cells(), expression, genes, options);
    EXPECT_EQ(map.feature_names, (std::vector<std::string>{"marker", "wide", "middle"}));
    EXPECT_EQ(map.features.rows, 3);
    EXPECT_EQ(map.features.row_values(1)[0], 9);
    EXPECT_EQ(map.notes.size(), 1u) << "one gene was left out";
}

TEST(CellMap, StaysWithinTheRoomForGenes) {
    RandomStream random(2);
    const std::int64_t cells = 3000, genes = 400;
    DenseMatrix expression(cells, genes);
    std::vector<std::string> names;
    Frame obs;
    for (std::int64_t g = 0; g < genes; ++g) names.push_back("G" + std::to_string(g));
    for (std::int64_t i = 0; i < cells; ++i) {
        obs.index.push_back(std::to_string(i));
        for (std::int64_t g = 0; g < genes; ++g) expression(i, g) = random.uniform() < .15 ? 1 + static_cast<float>(random.uniform()) : 0;
    }
    const auto map = cell_map(DenseMatrix(cells, 2), obs, expression, names, {.gene_bytes = 100'000});
    EXPECT_GT(map.feature_names.size(), 90u);
    EXPECT_LT(point_map_json(map)["features"].dump().size(), 100'000 * 4 / 3 + 100u);
}

TEST(CellMap, ManyCellsAreThinnedWithTheirColumns) {
    const std::int64_t cells = 500;
    DenseMatrix embedding(cells, 2);
    Frame obs;
    std::vector<double> number;
    for (std::int64_t i = 0; i < cells; ++i) {
        embedding(i, 0) = static_cast<float>(i);
        obs.index.push_back(std::to_string(i));
        number.push_back(static_cast<double>(i));
    }
    obs.set("number", {number});
    const auto map = cell_map(embedding, obs, DenseMatrix(cells, 0), {}, {.largest_page = 100});
    ASSERT_EQ(map.x.size(), 100u);
    for (std::size_t i = 0; i < map.x.size(); ++i) {
        EXPECT_EQ(map.names[i], std::to_string(static_cast<int>(map.x[i])));
        EXPECT_EQ(map.numbers[0].values[i], map.x[i]);
    }
    EXPECT_EQ(map.notes.size(), 1u);
    EXPECT_EQ(cell_map(embedding, obs, DenseMatrix(cells, 0), {}, {.largest_page = 100}).x, map.x);
}

TEST(GeneMap, HoldsModulesAndNumbers) {
    const auto map = gene_map(DenseMatrix(2, 2), {"CD3E", "LYZ"}, {{0, -1}, {"M1"}}, {.numbers = {{"importance", {1, 2}}}});
    EXPECT_EQ(map.noun, "gene");
    EXPECT_EQ(map.names, (std::vector<std::string>{"CD3E", "LYZ"}));
    EXPECT_EQ(map.groups[0].codes, (std::vector<std::int32_t>{0, -1}));
    EXPECT_EQ(map.numbers[0].name, "importance");
}

}  // namespace
}  // namespace lexicell
