#include "lexicell/report/block_html.h"

#include <fmt/format.h>

#include "lexicell/base/error.h"
#include "lexicell/report/html.h"
#include "lexicell/report/point_map_json.h"

namespace lexicell {

namespace {

constexpr std::size_t longest_beside_another = 34;  // bytes; longer values have a row to themselves
constexpr std::size_t rows_in_page = 100;  // longer tables keep the rest as data until the reader asks for it

std::string name_of_file(const std::string& given, const std::string& title, std::string_view fallback) {
    return escape_html(slug(given.empty() ? title : given, fallback));
}

std::string row_html(const Table& table, const std::vector<std::string>& row) {
    std::string html = "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
        const bool number = table.columns[c].number;
        const std::string_view tag = c == 0 && !number ? "th scope=\"row\"" : "td";
        html += fmt::format("<{}{}>{}</{}>", tag, number ? " class=\"number\"" : "", escape_html(row[c]), tag.substr(0, 2));
    }
    return html + "</tr>\n";
}

// The name of each button says what it saves: heard one after another, "PNG" twenty times says nothing.
std::string csv_button(std::string_view id, const std::string& file, std::string_view title) {
    return fmt::format("<button type=\"button\" data-csv=\"{}\" data-file=\"{}\" aria-label=\"Save the table {} as CSV\">CSV</button>", id, file, escape_html(title));
}

std::string picture_buttons(std::string_view title) {
    return fmt::format("<button type=\"button\" data-save=\"png\" aria-label=\"Save the figure {0} as PNG\">PNG</button>"
                       "<button type=\"button\" data-save=\"svg\" aria-label=\"Save the figure {0} as SVG\">SVG</button>", escape_html(title));
}

}  // namespace

std::string slug(std::string_view text, std::string_view fallback) {
    std::string result;
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool upper = c >= 'A' && c <= 'Z';
        if (result.size() == 60) break;
        if (letter || c == '_') result += c;
        else if (upper) result += static_cast<char>(c - 'A' + 'a');
        else if (!result.empty() && result.back() != '-') result += '-';
    }
    while (!result.empty() && result.back() == '-') result.pop_back();
    return result.empty() ? std::string(fallback) : result;
}

std::string BlockHtml::next_id(std::string_view kind) { return fmt::format("{}-{}", kind, ++next_); }

void BlockHtml::add_data(std::string_view id, const nlohmann::json& value) {
    data_ += fmt::format("<script type=\"application/json\" id=\"{}-data\">{}</script>\n", id, script_json(value));
}

// The table proper, in the box that scrolls sideways on a narrow screen.
std::string BlockHtml::table_html(const Table& table, std::string_view id) {
    std::string html = fmt::format(
        "<div class=\"table-scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}-caption\">\n"
        "<table id=\"{0}\" aria-labelledby=\"{0}-caption\"><thead><tr>", id);
    for (const Table::Column& column : table.columns) {
        html += fmt::format("<th scope=\"col\"{}>{}</th>", column.number ? " class=\"number\"" : "", escape_html(column.name));
    }
    html += "</tr></thead>\n<tbody>\n";
    for (const std::vector<std::string>& row : table.rows) {
        LEXICELL_ASSERT(row.size() == table.columns.size(), "a table row has another number of cells than the table has columns");
    }
    for (std::size_t r = 0; r < std::min(table.rows.size(), rows_in_page); ++r) html += row_html(table, table.rows[r]);
    html += "</tbody></table>\n</div>\n";
    if (table.rows.size() > rows_in_page) {
        nlohmann::json rest = nlohmann::json::array();
        for (std::size_t r = rows_in_page; r < table.rows.size(); ++r) {
            nlohmann::json row = nlohmann::json::array();
            for (const std::string& cell : table.rows[r]) row.push_back(clean_utf8(cell));
            rest.push_back(std::move(row));
        }
        html += fmt::format("<p class=\"more\">First {} of {} rows. <button type=\"button\" data-more=\"{}\">Show all</button></p>\n",
                            rows_in_page, format_count(static_cast<std::int64_t>(table.rows.size())), id);
        add_data(id, rest);
    }
    return html;
}

std::string BlockHtml::companion(const Table& table, std::string_view id, const std::string& file, bool open) {
    if (table.columns.empty()) return "";
    return fmt::format(
        "<details class=\"companion\"{4}><summary>Show as table</summary>\n<div class=\"block-head\"><p class=\"caption\" id=\"{0}-caption\">{1}</p>"
        "<div class=\"tools\">{2}</div></div>\n{3}</details>\n",
        id, escape_html(table.caption), csv_button(id, file, table.caption), table_html(table, id), open ? " open" : "");
}

std::string BlockHtml::operator()(const Paragraph& paragraph) {
    return fmt::format("<p class=\"prose\">{}</p>\n", escape_prose(paragraph.text));
}

std::string BlockHtml::operator()(const Table& table) {
    const std::string id = next_id("table");
    return fmt::format(
        "<div class=\"card\" data-block=\"table\">\n<div class=\"block-head\"><h3 id=\"{0}-caption\">{1}</h3><div class=\"tools\">{2}</div></div>\n"
        "{3}</div>\n",
        id, escape_html(table.caption), csv_button(id, name_of_file(table.file_name, table.caption, id), table.caption), table_html(table, id));
}

std::string BlockHtml::operator()(const Figure& figure) {
    const std::string id = next_id("figure");
    add_data(id, figure.plot);
    const std::string file = name_of_file(figure.file_name, figure.title, id);
    return fmt::format(
        "<figure class=\"card{half}\" id=\"{id}\" data-block=\"figure\" data-file=\"{file}\">\n"
        "<div class=\"block-head\"><h3>{title}</h3><div class=\"tools\">{buttons}</div></div>\n"
        "<div class=\"plot-scroll\"{focus}><div class=\"plot\" role=\"img\" aria-label=\"{alt}\" style=\"height:{height}px{width}\"></div></div>\n"
        "<figcaption>{alt}</figcaption>\n{table}</figure>\n",
        fmt::arg("id", id), fmt::arg("half", figure.half_width ? " half" : ""), fmt::arg("file", file), fmt::arg("title", escape_html(figure.title)),
        fmt::arg("buttons", picture_buttons(figure.title)), fmt::arg("alt", escape_html(figure.alt)), fmt::arg("height", figure.height),
        fmt::arg("focus", figure.min_width ? " tabindex=\"0\" role=\"region\" aria-label=\"Scrolls sideways\"" : ""),
        fmt::arg("width", figure.min_width ? fmt::format(";min-width:{}px", *figure.min_width) : ""),
        fmt::arg("table", companion(figure.table, id + "-table", file, figure.table_open)));
}

std::string BlockHtml::operator()(const PointMap& map) {
    const std::string id = next_id("map");
    add_data(id, point_map_json(map));
    const std::string file = name_of_file(map.file_name, map.title, id);
    std::string notes;
    for (const std::string& note : map.notes) notes += fmt::format("<p class=\"fine\">{}</p>\n", escape_html(note));
    // The controls are made by point_map.js: without scripts there is no map, and the table is all there is.
    return fmt::format(
        "<figure class=\"card map\" id=\"{id}\" data-block=\"map\" data-file=\"{file}\">\n"
        "<div class=\"block-head\"><h3>{title}</h3><div class=\"tools\">{buttons}</div></div>\n"
        "<div class=\"map-controls\"></div>\n<div class=\"map-body\"><div class=\"map-stage\">"
        "<div class=\"plot\" role=\"img\" aria-label=\"{alt}\"></div></div>"
        "<div class=\"map-legend\"></div></div>\n"
        "<div class=\"map-foot\"><p class=\"map-status\" role=\"status\"></p><div class=\"map-look\"></div></div>\n"
        "<figcaption>{alt}</figcaption>\n{notes}{table}</figure>\n",
        fmt::arg("id", id), fmt::arg("file", file), fmt::arg("title", escape_html(map.title)),
        fmt::arg("buttons", picture_buttons(map.title)), fmt::arg("alt", escape_html(map.alt)), fmt::arg("notes", notes),
        fmt::arg("table", companion(point_map_table(map), id + "-table", file, false)));
}

std::string BlockHtml::operator()(const KeyValues& values) {
    std::string html = "<div class=\"card\" data-block=\"values\">\n";
    if (!values.caption.empty()) html += fmt::format("<h3>{}</h3>\n", escape_html(values.caption));
    html += "<dl class=\"values\">\n";
    for (const auto& [key, value] : values.pairs) {
        html += fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>\n", value.size() > longest_beside_another ? " class=\"wide\"" : "",
                            escape_html(key), escape_html(value));
    }
    return html + "</dl>\n</div>\n";
}

std::string BlockHtml::operator()(const Code& code) {
    const std::string id = next_id("code");
    const std::string text = code.value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    return fmt::format(
        "<div class=\"card\" data-block=\"code\">\n<div class=\"block-head\"><h3 id=\"{0}-caption\">{1}</h3><div class=\"tools\">"
        "<button type=\"button\" data-text=\"{0}\" data-file=\"{2}\" aria-label=\"Save as JSON\">JSON</button></div></div>\n"
        "<pre id=\"{0}\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{0}-caption\"><code>{3}</code></pre>\n</div>\n",
        id, escape_html(code.caption), name_of_file(code.file_name, code.caption, id), escape_html(text));
}

}  // namespace lexicell
