#include "lexicell/report/drop_report.h"

#include <fmt/format.h>

#include "lexicell/report/html.h"

namespace lexicell {

namespace {

struct Axis {
    std::string name;  // "cells" or "genes"
    std::int64_t read;
    const std::vector<DropStep>& steps;
    std::int64_t kept() const {
        std::int64_t left = read;
        for (const DropStep& step : steps) left -= step.dropped;
        return left;
    }
};

// What was kept is blue, what was dropped goes through the shades of one warm colour.
constexpr const char* kept_colour = "#0072b2";
constexpr const char* dropped_colours[] = {"#d99a5b", "#b9793d", "#e5b98c", "#97602f"};

void add_bar(nlohmann::json& data, const Axis& axis, const std::string& name, std::int64_t size, const char* colour) {
    if (size == 0) return;
    const bool kept = colour == kept_colour;
    const double share = axis.read ? static_cast<double>(size) / static_cast<double>(axis.read) : 0;
    nlohmann::json bar = {{"type", "bar"}, {"orientation", "h"}, {"x", {100 * share}}, {"y", {axis.name}}, {"name", plot_text(name)},
                          {"hoverinfo", "text"}, {"textposition", "inside"}, {"insidetextanchor", "middle"}, {"textangle", 0},
                          {"marker", {{"color", colour}}}, {"insidetextfont", {{"color", kept ? "#ffffff" : "#191c20"}, {"size", 12}}},
                          {"hovertext", fmt::format("<b>{}</b><br>{} {}, {}", plot_text(name), format_count(size), axis.name, format_percent(share))}};
    if (share > 0.14) bar["text"] = fmt::format("{} {}", kept ? "kept" : "dropped", format_count(size));
    data.push_back(std::move(bar));
}

}  // namespace

std::vector<Block> drop_blocks(const DropReport& report) {
    Table table{"Cells and genes dropped, step by step", {{"what"}, {"step"}, {"dropped", true}, {"left", true}, {"left of read", true}, {"detail"}}, {}, ""};
    nlohmann::json data = nlohmann::json::array();
    std::string kept;
    for (const Axis& axis : {Axis{"genes", report.genes_read, report.genes}, Axis{"cells", report.cells_read, report.cells}}) {
        add_bar(data, axis, "kept", axis.kept(), kept_colour);
        for (std::size_t i = 0; i < axis.steps.size(); ++i) {
            add_bar(data, axis, axis.steps[i].reason, axis.steps[i].dropped, dropped_colours[i % std::size(dropped_colours)]);
        }
    }
    for (const Axis& axis : {Axis{"cells", report.cells_read, report.cells}, Axis{"genes", report.genes_read, report.genes}}) {
        std::int64_t left = axis.read;
        const auto row = [&](const std::string& step, const std::string& dropped, const std::string& detail) {
            const double share = axis.read ? static_cast<double>(left) / static_cast<double>(axis.read) : 0;
            table.rows.push_back({axis.name, step, dropped, format_count(left), format_percent(share), detail});
        };
        row("read", "", "");
        for (const DropStep& step : axis.steps) {
            left -= step.dropped;
            row(step.reason, format_count(step.dropped), step.detail);
        }
        kept += fmt::format("{}{} of {} {}", kept.empty() ? "" : " and ", format_count(left), format_count(axis.read), axis.name);
    }
    Figure figure{.title = "Kept and dropped", .alt = fmt::format("{} were kept.", kept), .table = std::move(table), .file_name = "kept-and-dropped", .height = 170, .table_open = true};
    figure.plot = {{"data", data},
                   {"layout", {{"barmode", "stack"}, {"showlegend", false}, {"bargap", 0.35}, {"uniformtext", {{"minsize", 11}, {"mode", "hide"}}}, {"hovermode", "closest"},
                               {"margin", {{"l", 56}, {"r", 24}, {"t", 4}, {"b", 32}}},
                               {"xaxis", {{"range", {0, 100}}, {"ticksuffix", " %"}, {"showgrid", false}, {"zeroline", false}}},
                               {"yaxis", {{"type", "category"}, {"showgrid", false}, {"ticklabelstandoff", 6}}}}}};
    std::vector<Block> blocks;
    if (!report.source.empty()) blocks.push_back(KeyValues{"Source", report.source});
    blocks.push_back(std::move(figure));
    return blocks;
}

}  // namespace lexicell
