#include "lexicell/report/dot_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/report/html.h"

namespace lexicell {

Figure dot_plot(const std::vector<std::string>& groups, const std::vector<std::string>& genes, const DenseMatrix& mean,
                const DenseMatrix& share, const std::vector<std::string>& blocks, const DotPlotOptions& options) {
    const auto rows = static_cast<std::int64_t>(groups.size()), columns = static_cast<std::int64_t>(genes.size());
    LEXICELL_ASSERT(mean.rows == rows && mean.cols == columns && share.rows == rows && share.cols == columns,
                    "means and shares of a dot plot are groups x genes");
    LEXICELL_ASSERT(blocks.empty() || blocks.size() == genes.size(), "a dot plot has a block name a gene");
    constexpr double largest = 16;  // pixels
    const auto diameter = [](double part) { return largest * std::sqrt(std::clamp(part, 0.0, 1.0)); };  // the area is the share
    nlohmann::json x = nlohmann::json::array(), y = x, size = x, colour = x, hover = x;
    Table table{options.title, {{options.group_name}, {"gene"}, {"mean expression", true}, {"cells expressing", true}}, {}, ""};
    for (std::int64_t g = 0; g < columns; ++g) {
        float low = 0, high = 0;
        for (std::int64_t r = 0; r < rows; ++r) {
            const float v = mean(r, g);
            low = r ? std::min(low, v) : v;
            high = r ? std::max(high, v) : v;
        }
        for (std::int64_t r = 0; r < rows; ++r) {
            const float v = mean(r, g);
            x.push_back(g);
            y.push_back(r);
            size.push_back(diameter(share(r, g)));
            colour.push_back(!options.scale_genes ? v : high > low ? (v - low) / (high - low) : 0.0f);
            hover.push_back(fmt::format("<b>{}</b> in {}<br>mean {}, in {} of cells", plot_text(genes[g]), plot_text(groups[r]),
                                        format_number(v), format_percent(share(r, g), 0)));
            table.rows.push_back({groups[r], genes[g], format_number(v), format_percent(share(r, g))});
        }
    }
    const auto ticks = [](const std::vector<std::string>& names) {
        nlohmann::json at = nlohmann::json::array(), text = at;
        for (std::size_t i = 0; i < names.size(); ++i) at.push_back(i), text.push_back(plot_text(names[i]));
        return nlohmann::json{{"tickmode", "array"}, {"tickvals", at}, {"ticktext", text}, {"zeroline", false}, {"ticks", ""}};
    };
    nlohmann::json xaxis = ticks(genes), yaxis = ticks(groups);
    xaxis.update({{"tickangle", -90}, {"range", {-0.7, columns - 0.3}}, {"showgrid", false}});
    yaxis.update({{"range", {rows - 0.3, -0.7}}});
    nlohmann::json shapes = nlohmann::json::array();
    for (std::int64_t g = 1; g < columns && !blocks.empty(); ++g) {
        if (blocks[g] == blocks[g - 1]) continue;
        shapes.push_back({{"type", "line"}, {"layer", "below"}, {"x0", g - 0.5}, {"x1", g - 0.5}, {"yref", "paper"}, {"y0", 0}, {"y1", 1},
                          {"opacity", 0.4}, {"line", {{"width", 1}, {"dash", "dot"}}}});
    }
    Figure figure{.title = options.title,
                  .alt = fmt::format("Expression of {} genes in {} groups. Larger dots: more cells of the group express the gene; "
                                     "stronger colour: higher mean expression{}.",
                                     columns, rows, options.scale_genes ? ", scaled within each gene" : ""),
                  .table = std::move(table),
                  .height = static_cast<int>(std::max<std::int64_t>(110 + 24 * rows, 330)),
                  .min_width = static_cast<int>(220 + 17 * columns)};
    figure.plot["data"] = {{{"type", "scatter"}, {"mode", "markers"}, {"x", x}, {"y", y}, {"hovertext", hover}, {"hoverinfo", "text"},
                            {"marker", {{"size", size}, {"color", colour}, {"coloraxis", "coloraxis"}, {"opacity", 1}, {"line", {{"width", 0.6}, {"color", "#8b9099"}}}}}}};
    // At the right edge, in pixels on any screen: the colour scale above, the scale of sizes below.
    nlohmann::json notes = nlohmann::json::array();
    const auto note = [&](const std::string& text, int right, int up) {
        notes.push_back({{"text", text}, {"xref", "paper"}, {"yref", "paper"}, {"x", 1}, {"y", 0}, {"xanchor", "left"}, {"yanchor", "middle"},
                         {"xshift", right}, {"yshift", up}, {"showarrow", false}, {"align", "left"}, {"font", {{"size", 12}}}});
    };
    for (int step = 1; step <= 4; ++step) {
        const double radius = diameter(step / 4.0) / 2;
        const int up = 20 * step - 12;
        shapes.push_back({{"type", "circle"}, {"xref", "paper"}, {"yref", "paper"}, {"xsizemode", "pixel"}, {"ysizemode", "pixel"}, {"xanchor", 1},
                          {"yanchor", 0}, {"x0", 22 - radius}, {"x1", 22 + radius}, {"y0", up - radius}, {"y1", up + radius},
                          {"fillcolor", "#8b9099"}, {"line", {{"width", 0}}}});
        note(fmt::format("{} %", 25 * step), 34, up);
    }
    note("cells above 0", 12, 94);
    figure.plot["layout"] = {
        {"xaxis", xaxis}, {"yaxis", yaxis}, {"showlegend", false}, {"shapes", shapes}, {"hovermode", "closest"}, {"annotations", notes},
        {"margin", {{"l", 56}, {"r", 116}, {"t", 12}, {"b", 72}}},
        {"coloraxis", {{"colorbar", {{"title", {{"text", options.scale_genes ? "mean, scaled" : "mean"}}}, {"yanchor", "top"}, {"y", 1},
                                     {"lenmode", "pixels"}, {"len", std::clamp(figure.height - 210, 110, 220)}, {"x", 1}, {"xanchor", "left"}, {"xpad", 14}}}}}};
    return figure;
}

}  // namespace lexicell
