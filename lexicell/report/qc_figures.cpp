#include "lexicell/report/qc_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lexicell/base/error.h"
#include "lexicell/report/density.h"
#include "lexicell/report/html.h"

namespace lexicell {

namespace {

struct Violin {
    std::string name;
    std::vector<double> values;  // ascending
};

std::vector<Violin> violins_of(const QcMetric& metric, const Categorical* groups) {
    std::vector<Violin> violins;
    if (groups) {
        for (const std::string& category : groups->categories) violins.push_back({category, {}});
    } else {
        violins.push_back({"all cells", {}});
    }
    for (std::size_t i = 0; i < metric.values.size(); ++i) {
        const int group = groups ? groups->codes[i] : 0;
        if (group >= 0 && std::isfinite(metric.values[i])) violins[group].values.push_back(metric.values[i]);
    }
    std::erase_if(violins, [](const Violin& violin) { return violin.values.empty(); });
    for (Violin& violin : violins) std::ranges::sort(violin.values);
    return violins;
}

// Round values between two heights of a log(1 + x) axis: powers of ten, with 2 and 5 between them over a short range.
nlohmann::json log_ticks(double low, double high) {
    nlohmann::json at = {0.0}, text = {"0"};
    for (int k = 0; k <= 12; ++k) {
        for (const int digit : {1, 2, 5}) {
            if (digit > 1 && high - low > 2) continue;
            const double value = digit * std::pow(10.0, k);
            at.push_back(std::log10(1 + value));
            text.push_back(format_count(std::llround(value)));
        }
    }
    return {{"tickmode", "array"}, {"tickvals", at}, {"ticktext", text}};
}

Figure qc_violin(const QcMetric& metric, const Categorical* groups) {
    const auto height = [&](double v) { return metric.log_scale ? std::log10(1 + std::max(v, 0.0)) : v; };
    const std::vector<Violin> violins = violins_of(metric, groups);
    Figure figure{.title = capitalized(metric.name), .height = 320, .half_width = violins.size() <= 4};
    figure.table = {metric.name, {{"group"}, {"cells", true}, {"minimum", true}, {"lower quartile", true}, {"median", true},
                                  {"upper quartile", true}, {"maximum", true}}, {}, ""};
    nlohmann::json data = nlohmann::json::array(), boxes = data, names = data, places = data;
    double lowest = 0, highest = 0;
    for (std::size_t k = 0; k < violins.size(); ++k) {
        const auto& [name, values] = violins[k];
        const double q1 = quantile(values, 0.25), median = quantile(values, 0.5), q3 = quantile(values, 0.75);
        figure.table.rows.push_back({name, format_count(static_cast<std::int64_t>(values.size())), format_number(values.front()),
                                     format_number(q1), format_number(median), format_number(q3), format_number(values.back())});
        std::vector<double> drawn(values.size());
        std::ranges::transform(values, drawn.begin(), height);
        lowest = k ? std::min(lowest, drawn.front()) : drawn.front();
        highest = k ? std::max(highest, drawn.back()) : drawn.back();
        const Density shape = density(drawn);
        nlohmann::json x = nlohmann::json::array(), y = x;
        const auto centre = static_cast<double>(k);
        for (std::size_t i = 0; i < shape.at.size(); ++i) x.push_back(centre - 0.42 * shape.value[i]), y.push_back(shape.at[i]);
        for (std::size_t i = shape.at.size(); i-- > 0;) x.push_back(centre + 0.42 * shape.value[i]), y.push_back(shape.at[i]);
        const std::string text = fmt::format("<b>{}</b><br>median {}<br>quartiles {}, {}<br>{} cells", plot_text(name), format_number(median),
                                             format_number(q1), format_number(q3), format_count(static_cast<std::int64_t>(values.size())));
        data.push_back({{"type", "scatter"}, {"mode", "lines"}, {"x", x}, {"y", y}, {"fill", "toself"}, {"line", {{"width", 1}}},
                        {"hoveron", "fills"}, {"hoverinfo", "text"}, {"text", text}, {"name", plot_text(name)}});
        boxes.push_back({{"type", "scatter"}, {"mode", "lines+markers"}, {"x", {centre, centre, centre}},
                        {"y", {height(q1), height(median), height(q3)}}, {"hoverinfo", "skip"}, {"line", {{"width", 2}, {"color", "#15181c"}}},
                        {"marker", {{"size", {0, 9, 0}}, {"color", "#ffffff"}, {"opacity", 1}, {"line", {{"width", 2}, {"color", "#15181c"}}}}}});
        names.push_back(plot_text(name));
        places.push_back(centre);
    }
    for (nlohmann::json& box : boxes) data.push_back(std::move(box));  // after the violins, so that those take the first colours
    nlohmann::json shapes = nlohmann::json::array(), marks = shapes;
    const auto cut = [&](const std::optional<double>& at, const char* words, const char* anchor) {
        if (!at) return;
        shapes.push_back({{"type", "line"}, {"xref", "paper"}, {"x0", 0}, {"x1", 1}, {"y0", height(*at)}, {"y1", height(*at)}, {"line", {{"dash", "dot"}, {"width", 1.5}}}});
        marks.push_back({{"xref", "paper"}, {"x", 1}, {"xanchor", "right"}, {"y", height(*at)}, {"yanchor", anchor}, {"showarrow", false},
                         {"text", fmt::format("{} {}", words, format_number(*at))}});
        lowest = std::min(lowest, height(*at)), highest = std::max(highest, height(*at));
    };
    cut(metric.lower, "removed below", "top");
    cut(metric.upper, "removed above", "bottom");
    const double margin = highest > lowest ? 0.1 * (highest - lowest) : 1;  // room for the words beyond a cut
    nlohmann::json yaxis = metric.log_scale ? log_ticks(lowest, highest) : nlohmann::json::object();
    yaxis["range"] = {lowest - margin, highest + margin};
    yaxis["zeroline"] = false;
    figure.plot = {{"data", data}, {"layout", {{"showlegend", false}, {"hovermode", "closest"}, {"shapes", shapes}, {"annotations", marks},
        {"margin", {{"l", 56}, {"r", 12}, {"t", 12}, {"b", 32}}},
        {"xaxis", {{"tickmode", "array"}, {"tickvals", places}, {"ticktext", names}, {"showgrid", false}, {"zeroline", false},
                   {"range", {-0.6, static_cast<double>(violins.size()) - 0.4}}}}, {"yaxis", yaxis}}}};
    figure.alt = violins.size() == 1 ? fmt::format("Distribution over {} cells; median {}.", figure.table.rows[0][1], figure.table.rows[0][4])
                                     : fmt::format("The cells of each of {} groups; dot: median, bar: quartiles.", violins.size());
    if (metric.log_scale) figure.alt += " Logarithmic axis.";
    if (violins.size() > 6) figure.min_width = static_cast<int>(90 + 46 * violins.size());
    return figure;
}

}  // namespace

std::vector<Figure> qc_violins(std::span<const QcMetric> metrics, const Categorical* groups) {
    std::vector<Figure> figures;
    for (const QcMetric& metric : metrics) {
        LEXICELL_ASSERT(!groups || groups->codes.size() == metric.values.size(), "a quality measure has a value a cell");
        figures.push_back(qc_violin(metric, groups));
    }
    return figures;
}

}  // namespace lexicell
