#include "lexicell/report/line_figure.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/report/html.h"

namespace lexicell {

namespace {

Table joined_table(const std::vector<Line>& lines, const LineFigureOptions& options) {
    Table table{options.title, {{options.x_name, true}}, {}, ""};
    std::map<double, std::vector<std::string>> rows;
    for (std::size_t k = 0; k < lines.size(); ++k) {
        table.columns.push_back({lines[k].name, true});
        for (std::size_t i = 0; i < lines[k].x.size(); ++i) {
            std::vector<std::string>& row = rows[lines[k].x[i]];
            row.resize(lines.size());
            row[k] = format_number(lines[k].y[i], 5);
        }
    }
    for (auto& [x, row] : rows) {
        row.insert(row.begin(), format_number(x, 6));
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

Figure line_figure(const std::vector<Line>& lines, const LineFigureOptions& options) {
    nlohmann::json data = nlohmann::json::array();
    std::vector<std::string> ends;
    for (const Line& line : lines) {
        LEXICELL_ASSERT(line.x.size() == line.y.size(), "a line has a y for every x");
        nlohmann::json y = nlohmann::json::array();
        for (const double v : line.y) y.push_back(std::isfinite(v) ? nlohmann::json(v) : nlohmann::json());
        data.push_back({{"type", "scatter"}, {"mode", options.markers ? "lines+markers" : "lines"}, {"name", plot_text(line.name)},
                        {"x", line.x}, {"y", std::move(y)}, {"line", {{"width", 2}}}, {"marker", {{"size", 7}}}});
        if (!line.y.empty()) {
            ends.push_back(fmt::format("{} from {} to {}", line.name, format_number(line.y.front(), 4), format_number(line.y.back(), 4)));
        }
    }
    Figure figure{.title = options.title,
                  .alt = capitalized(fmt::format("{} by {}: {}.", options.y_name, options.x_name, fmt::join(ends, "; "))),
                  .table = joined_table(lines, options)};
    nlohmann::json layout = {{"hovermode", "x unified"}, {"showlegend", lines.size() > 1},
                             {"xaxis", {{"title", {{"text", plot_text(options.x_name)}}}, {"showgrid", false}, {"zeroline", false}}},
                             {"yaxis", {{"title", {{"text", plot_text(options.y_name)}}}, {"zeroline", false}}}};
    if (options.marked_x) {
        figure.alt += fmt::format(" Marked at {} {}: {}.", options.x_name, format_number(*options.marked_x, 6), options.mark);
        layout["shapes"] = {{{"type", "line"}, {"x0", *options.marked_x}, {"x1", *options.marked_x}, {"yref", "paper"}, {"y0", 0},
                             {"y1", 1}, {"line", {{"dash", "dot"}, {"width", 1.5}}}}};
        layout["annotations"] = {{{"x", *options.marked_x}, {"y", 1}, {"yref", "paper"}, {"yanchor", "top"}, {"xanchor", "right"},
                                  {"xshift", -4}, {"showarrow", false}, {"text", plot_text(options.mark)}}};
    }
    figure.plot = {{"data", std::move(data)}, {"layout", std::move(layout)}};
    return figure;
}

}  // namespace lexicell
