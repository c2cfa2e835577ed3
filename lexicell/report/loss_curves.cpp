#include "lexicell/report/loss_curves.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "lexicell/base/error.h"
#include "lexicell/report/html.h"

namespace lexicell {

Figure loss_curves(const std::vector<LossCurve>& curves, const LossCurvesOptions& options) {
    Figure figure{.title = options.title, .plot = {{"data", nlohmann::json::array()}}};
    Table& table = figure.table;
    table.caption = options.title;
    table.columns.push_back({options.step_name, true});
    std::map<double, std::vector<std::string>> rows;
    std::vector<std::string> ends;
    for (std::size_t c = 0; c < curves.size(); ++c) {
        const LossCurve& curve = curves[c];
        LEXICELL_ASSERT(curve.step.size() == curve.value.size(), "a loss curve has a value a step");
        table.columns.push_back({curve.name, true});
        nlohmann::json values = nlohmann::json::array();
        for (std::size_t i = 0; i < curve.value.size(); ++i) {
            std::vector<std::string>& row = rows[curve.step[i]];
            row.resize(curves.size());
            row[c] = format_number(curve.value[i], 5);
            values.push_back(std::isfinite(curve.value[i]) ? nlohmann::json(curve.value[i]) : nlohmann::json());
        }
        if (!curve.value.empty()) {
            ends.push_back(fmt::format("{} from {} to {}", curve.name, format_number(curve.value.front(), 4), format_number(curve.value.back(), 4)));
        }
        figure.plot["data"].push_back({{"type", "scatter"}, {"mode", "lines"}, {"name", plot_text(curve.name)},
                                       {"x", curve.step}, {"y", std::move(values)}, {"line", {{"width", 2}}}});
    }
    for (auto& [step, row] : rows) {
        row.insert(row.begin(), format_number(step, 6));
        table.rows.push_back(std::move(row));
    }
    figure.alt = fmt::format("{} by {}: {}.", options.value_name, options.step_name, fmt::join(ends, "; "));
    figure.alt[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(figure.alt[0])));
    figure.plot["layout"] = {{"hovermode", "x unified"}, {"showlegend", curves.size() > 1},
                             {"xaxis", {{"title", {{"text", plot_text(options.step_name)}}}, {"showgrid", false}}},
                             {"yaxis", {{"title", {{"text", plot_text(options.value_name)}}}}}};
    if (options.best_step) {
        figure.alt += fmt::format(" The weights of {} {} were kept.", options.step_name, format_number(*options.best_step, 6));
        figure.plot["layout"]["shapes"] = {{{"type", "line"}, {"x0", *options.best_step}, {"x1", *options.best_step},
                                            {"yref", "paper"}, {"y0", 0}, {"y1", 1}, {"line", {{"dash", "dot"}, {"width", 1.5}}}}};
        figure.plot["layout"]["annotations"] = {{{"x", *options.best_step}, {"y", 1}, {"yref", "paper"}, {"yanchor", "top"},
                                                 {"xanchor", "right"}, {"xshift", -4}, {"showarrow", false}, {"text", "kept"}}};
    }
    return figure;
}

}  // namespace lexicell
