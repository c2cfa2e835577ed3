#include "lexicell/report/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/report/html.h"

namespace lexicell {

namespace {

nlohmann::json name_axis(const std::vector<std::string>& names, const std::string& title) {
    nlohmann::json places = nlohmann::json::array(), texts = places;
    for (std::size_t i = 0; i < names.size(); ++i) places.push_back(i), texts.push_back(plot_text(names[i]));
    return {{"tickmode", "array"}, {"tickvals", places}, {"ticktext", texts}, {"showgrid", false}, {"zeroline", false},
            {"title", {{"text", plot_text(title)}}}};
}

}  // namespace

Figure heatmap(const std::vector<std::string>& rows, const std::vector<std::string>& columns, const DenseMatrix& values,
               const HeatmapOptions& options) {
    LEXICELL_ASSERT(values.rows == static_cast<std::int64_t>(rows.size()) && values.cols == static_cast<std::int64_t>(columns.size()),
                    "a heatmap has a name a row and a column");
    Table table{options.title, {{options.row_name}}, {}, ""};
    for (const std::string& column : columns) table.columns.push_back({column, true});
    nlohmann::json z = nlohmann::json::array(), hover = z;
    for (std::int64_t r = 0; r < values.rows; ++r) {
        nlohmann::json row = nlohmann::json::array(), words = row;
        table.rows.push_back({rows[r]});
        for (std::int64_t c = 0; c < values.cols; ++c) {
            const float v = values(r, c);
            row.push_back(std::isfinite(v) ? nlohmann::json(v) : nlohmann::json());
            words.push_back(fmt::format("<b>{}</b>, {}<br>{} {}", plot_text(rows[r]), plot_text(columns[c]), plot_text(options.value_name), format_number(v)));
            table.rows.back().push_back(format_number(v));
        }
        z.push_back(std::move(row));
        hover.push_back(std::move(words));
    }
    nlohmann::json xaxis = name_axis(columns, options.column_name), yaxis = name_axis(rows, options.row_name);
    xaxis["tickangle"] = -90;
    yaxis["autorange"] = "reversed";
    nlohmann::json colours = {{"colorbar", {{"title", {{"text", plot_text(options.value_name)}}}}}};
    if (options.diverging) colours["cmid"] = 0;
    if (options.lowest) colours["cmin"] = *options.lowest;
    if (options.highest) colours["cmax"] = *options.highest;
    Figure figure{.title = options.title,
                  .alt = capitalized(fmt::format("{} for each of {} rows ({}) and {} columns ({}).", options.value_name, rows.size(),
                                                 options.row_name, columns.size(), options.column_name)),
                  .table = std::move(table),
                  .height = static_cast<int>(std::clamp<std::size_t>(170 + 22 * rows.size(), 300, 1400)),
                  .min_width = static_cast<int>(240 + 20 * columns.size())};
    figure.plot = {{"data", {{{"type", "heatmap"}, {"z", z}, {"hovertext", hover}, {"hoverinfo", "text"}, {"xgap", 1}, {"ygap", 1}, {"coloraxis", "coloraxis"}}}},
                   {"layout", {{"xaxis", xaxis}, {"yaxis", yaxis}, {"coloraxis", colours}}}};
    return figure;
}

}  // namespace lexicell
