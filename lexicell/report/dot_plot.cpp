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
            size.push_back(largest * std::sqrt(std::clamp(share(r, g), 0.0f, 1.0f)));  // area, not diameter, is the share
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
                          {"line", {{"width", 1}, {"dash", "dot"}}}});
    }
    Figure figure{.title = options.title,
                  .alt = fmt::format("Expression of {} genes in {} groups. Larger dots: more cells of the group express the gene; "
                                     "stronger colour: higher mean expression{}.",
                                     columns, rows, options.scale_genes ? ", scaled within each gene" : ""),
                  .table = std::move(table),
                  .height = static_cast<int>(170 + 24 * rows),
                  .min_width = static_cast<int>(220 + 17 * columns)};
    figure.plot["data"] = {{{"type", "scatter"}, {"mode", "markers"}, {"x", x}, {"y", y}, {"hovertext", hover}, {"hoverinfo", "text"},
                            {"marker", {{"size", size}, {"color", colour}, {"coloraxis", "coloraxis"}, {"opacity", 1}, {"line", {{"width", 0}}}}}}};
    figure.plot["layout"] = {{"xaxis", xaxis}, {"yaxis", yaxis}, {"showlegend", false}, {"shapes", shapes}, {"hovermode", "closest"},
                             {"coloraxis", {{"colorbar", {{"title", {{"text", options.scale_genes ? "mean<br>(scaled)" : "mean"}}}}}}}};
    return figure;
}

}  // namespace lexicell
