#include "lexicell/report/interval_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lexicell/report/html.h"

namespace lexicell {

namespace {

using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(); }

// Means of the emphasised rows, or of the others, as one trace each so that the legend tells them apart.
json means_trace(const std::vector<IntervalRow>& rows, bool emphasised, const std::string& name) {
    json x = json::array(), y = x, error = x;
    for (const IntervalRow& row : rows)
        if (row.emphasised == emphasised && std::isfinite(row.mean)) {
            x.push_back(row.mean);
            y.push_back(plot_text(row.name));
            error.push_back(number(row.half_width));
        }
    return {{"type", "scatter"}, {"mode", "markers"}, {"name", name}, {"x", x}, {"y", y}, {"error_x", {{"type", "data"}, {"array", error}, {"thickness", 1.5}, {"width", 5}}},
            {"marker", {{"size", 11}, {"symbol", emphasised ? "diamond" : "circle"}}}};
}

}  // namespace

Figure interval_figure(const std::vector<IntervalRow>& rows, const IntervalFigureOptions& options) {
    Table table{options.title, {{options.row_name}, {"mean", true}, {"95 % interval, half", true}, {"repetitions", true}}, {}, ""};
    json points_x = json::array(), points_y = points_x, order = points_x;
    std::size_t widest = 0;
    for (const IntervalRow& row : rows) {
        order.push_back(plot_text(row.name));
        widest = std::max(widest, row.name.size());
        for (const double value : row.repetitions)
            if (std::isfinite(value)) points_x.push_back(value), points_y.push_back(plot_text(row.name));
        table.rows.push_back({row.name, format_number(row.mean), format_number(row.half_width), std::to_string(row.repetitions.size())});
    }
    Figure figure{.title = options.title, .table = std::move(table), .height = static_cast<int>(std::clamp<std::size_t>(130 + 34 * rows.size(), 260, 1400)),
                  .min_width = static_cast<int>(320 + 6 * widest)};
    figure.alt = rows.empty() ? "No rows." : capitalized(fmt::format("{} of {} rows, from {} ({}) at the top to {} ({}).", options.value_name, rows.size(), rows.front().name,
                                                                   format_number(rows.front().mean), rows.back().name, format_number(rows.back().mean)));
    const bool two_kinds = std::ranges::any_of(rows, &IntervalRow::emphasised);
    json data = json::array({{{"type", "scatter"}, {"mode", "markers"}, {"name", "one repetition"}, {"x", points_x}, {"y", points_y},
                              {"marker", {{"size", 6}, {"opacity", 0.45}, {"symbol", "line-ns-open"}}}}});
    data.push_back(means_trace(rows, false, two_kinds ? "baseline, mean and 95 % interval" : "mean and 95 % interval"));
    if (two_kinds) data.push_back(means_trace(rows, true, "model, mean and 95 % interval"));
    figure.plot = {{"data", std::move(data)},
                   {"layout", {{"xaxis", {{"title", {{"text", plot_text(options.value_name)}}}, {"zeroline", false}}},
                               {"yaxis", {{"categoryorder", "array"}, {"categoryarray", order}, {"autorange", "reversed"}, {"automargin", true}, {"zeroline", false}}},
                               {"showlegend", true}}}};
    return figure;
}

}  // namespace lexicell
