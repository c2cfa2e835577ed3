#include "lexicell/report/point_map_json.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "lexicell/base/error.h"
#include "lexicell/report/base64.h"
#include "lexicell/report/html.h"

namespace lexicell {

namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

template <class Value>
std::string base64_of(std::span<const Value> values) {
    return base64({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

struct Range {
    float low = 0, high = 0;
};

Range finite_range(std::span<const float> values) {
    Range range;
    bool first = true;
    for (const float v : values) {
        if (!std::isfinite(v)) continue;
        range = first ? Range{v, v} : Range{std::min(range.low, v), std::max(range.high, v)};
        first = false;
    }
    return range;
}

nlohmann::json coordinate(std::span<const float> values) {
    constexpr std::uint16_t absent = 65535;
    const Range range = finite_range(values);
    const double step = (static_cast<double>(range.high) - range.low) / 65534;
    std::vector<std::uint16_t> levels(values.size(), absent);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) continue;
        levels[i] = step > 0 ? static_cast<std::uint16_t>(std::lround((values[i] - range.low) / step)) : 0;
    }
    return {{"low", range.low}, {"step", step}, {"levels", base64_of(std::span<const std::uint16_t>(levels))}};
}

nlohmann::json feature(std::span<const std::int32_t> points, std::span<const float> values) {
    const Range range = finite_range(values);
    const double step = (static_cast<double>(range.high) - range.low) / 254;
    std::string gaps, levels;
    std::int32_t last = -1;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isfinite(values[i]) || values[i] == 0) continue;
        auto gap = static_cast<std::uint32_t>(points[i] - last);
        last = points[i];
        for (; gap >= 128; gap >>= 7) gaps += static_cast<char>((gap & 127) | 128);
        gaps += static_cast<char>(gap);
        levels += static_cast<char>(step > 0 ? 1 + std::lround((values[i] - range.low) / step) : 255);
    }
    return {range.low, step, levels.size(), base64(gaps + levels)};
}

nlohmann::json texts(const std::vector<std::string>& values) {
    nlohmann::json result = nlohmann::json::array();
    for (const std::string& value : values) result.push_back(clean_utf8(value));
    return result;
}

}  // namespace

nlohmann::json point_map_json(const PointMap& map) {
    const std::size_t points = map.x.size();
    LEXICELL_ASSERT(map.y.size() == points && (map.names.empty() || map.names.size() == points),
                    "coordinates and names of a map differ in length");
    LEXICELL_ASSERT(map.features.rows == static_cast<std::int64_t>(map.feature_names.size()) &&
                        (map.features.rows == 0 || map.features.cols == static_cast<std::int64_t>(points)),
                    "features of a map are F x N");
    nlohmann::json groups = nlohmann::json::array(), numbers = groups, features = groups;
    for (const PointMap::Groups& column : map.groups) {
        LEXICELL_ASSERT(column.codes.size() == points && column.labels.size() < 65535, "a colouring does not fit its map");
        LEXICELL_ASSERT(std::ranges::all_of(column.codes, [&](std::int32_t code) { return code < static_cast<std::int32_t>(column.labels.size()); }),
                        "a code of a colouring has no label");
        std::vector<std::uint16_t> codes(column.codes.begin(), column.codes.end());  // -1 becomes 65535
        groups.push_back({{"name", clean_utf8(column.name)}, {"labels", texts(column.labels)},
                          {"codes", base64_of(std::span<const std::uint16_t>(codes))}});
    }
    for (const PointMap::Numbers& column : map.numbers) {
        LEXICELL_ASSERT(column.values.size() == points, "a colouring does not fit its map");
        std::vector<float> values = column.values;
        std::ranges::replace_if(values, [](float v) { return !std::isfinite(v); }, std::numeric_limits<float>::quiet_NaN());
        numbers.push_back({{"name", clean_utf8(column.name)}, {"values", base64_of(std::span<const float>(values))}});
    }
    for (std::int64_t f = 0; f < map.features.rows; ++f) {
        features.push_back(feature(map.features.row_indices(f), map.features.row_values(f)));
    }
    return {{"points", points},          {"noun", clean_utf8(map.noun)},
            {"featureNoun", clean_utf8(map.feature_noun)},
            {"axes", clean_utf8(map.axes)},
            {"x", coordinate(map.x)},    {"y", coordinate(map.y)},
            {"names", texts(map.names)}, {"groups", std::move(groups)},
            {"numbers", std::move(numbers)},
            {"featureNames", texts(map.feature_names)},
            {"features", std::move(features)},
            {"colourBy", clean_utf8(map.colour_by)}};
}

Table point_map_table(const PointMap& map) {
    Table table{map.title + ": groups and ranges",
                {{"column"}, {"group"}, {map.noun + "s", true}, {"share", true}, {"centre x", true}, {"centre y", true}},
                {},
                map.file_name};
    const auto points = static_cast<double>(map.x.size());
    for (const PointMap::Groups& column : map.groups) {
        struct Sum {
            std::int64_t size = 0;
            double x = 0, y = 0;
        };
        std::vector<Sum> sums(column.labels.size() + 1);
        for (std::size_t i = 0; i < column.codes.size(); ++i) {
            Sum& sum = column.codes[i] < 0 ? sums.back() : sums[column.codes[i]];
            ++sum.size, sum.x += map.x[i], sum.y += map.y[i];
        }
        for (std::size_t k = 0; k < sums.size(); ++k) {
            const bool missing = k == column.labels.size();
            if (missing && sums[k].size == 0) continue;
            const auto size = static_cast<double>(sums[k].size);
            table.rows.push_back({column.name, missing ? "(missing)" : column.labels[k], format_count(sums[k].size),
                                  format_percent(size / points), format_number(sums[k].x / size), format_number(sums[k].y / size)});
        }
    }
    for (const PointMap::Numbers& column : map.numbers) {
        const Range range = finite_range(column.values);
        const auto known = std::count_if(column.values.begin(), column.values.end(), [](float v) { return std::isfinite(v); });
        table.rows.push_back({column.name, format_number(range.low) + " to " + format_number(range.high), format_count(known),
                              format_percent(static_cast<double>(known) / points), "", ""});
    }
    return table;
}

}  // namespace lexicell
