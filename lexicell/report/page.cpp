#include "lexicell/report/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "lexicell/report/assets.h"
#include "lexicell/report/base64.h"
#include "lexicell/report/block_html.h"
#include "lexicell/report/html.h"

namespace lexicell {

namespace {

// 'sha256-...' of a script's text, by which the policy admits exactly our scripts.
std::string script_source(std::string_view script) {
    const std::string hex = sha256(script);
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return " 'sha256-" + base64(bytes) + "'";
}

// Nothing is fetched, nothing is sent, and a script that came in with the data does not run. The WebGL layer of
// plotly.js compiles its draw calls with Function(), hence 'unsafe-eval'; it is given no text of the data.
std::string content_policy() {
    std::string scripts = script_source(plotly_script());
    for (const std::string_view script : report_scripts()) scripts += script_source(script);
    return "default-src 'none'; script-src 'unsafe-eval'" + scripts +
           "; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";
}

std::string head(const Page& page) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n",
        content_policy(), escape_html(page.title), report_style());
}

std::string header(const Page& page) {
    std::string html = fmt::format("<header class=\"page-head\">\n<p class=\"brand\">lexicell</p>\n<h1>{}</h1>\n", escape_html(page.title));
    if (!page.subtitle.empty()) html += fmt::format("<p class=\"subtitle\">{}</p>\n", escape_html(page.subtitle));
    if (!page.facts.empty()) {
        html += "<dl class=\"facts\">\n";
        for (const auto& [label, value] : page.facts) {
            html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(label), escape_html(value));
        }
        html += "</dl>\n";
    }
    std::vector<Note> notes = page.notes;
    std::ranges::stable_sort(notes, std::greater{}, &Note::level);
    if (!notes.empty()) {
        html += "<ul class=\"notes\" aria-label=\"Notes\">\n";
        for (const Note& note : notes) {
            const bool warning = note.level == Note::Level::warning;
            html += fmt::format("<li class=\"{}\"><strong>{}</strong> {}</li>\n", warning ? "warning" : "info",
                                warning ? "Warning" : "Note", escape_prose(note.text));
        }
        html += "</ul>\n";
    }
    return html + "<noscript><p class=\"noscript\">Scripts are off: the tables can be read, the figures are not drawn.</p></noscript>\n</header>\n";
}

std::string navigation(const Page& page) {
    std::string html = "<nav class=\"page-nav\" aria-label=\"Sections\">\n<ul>\n";
    for (const Section& section : page.sections) {
        html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", escape_html(section.id), escape_html(section.title));
    }
    return html + "</ul>\n<button type=\"button\" id=\"page-theme\" aria-label=\"Dark appearance\" aria-pressed=\"false\"></button>\n</nav>\n";
}

void check_ids(const Page& page) {
    std::vector<std::string> ids;
    for (const Section& section : page.sections) {
        LEXICELL_ASSERT(!section.id.empty() && slug(section.id, "") == section.id, "a section id has other characters than a-z, 0-9, '-'");
        ids.push_back(section.id);
    }
    std::ranges::sort(ids);
    LEXICELL_ASSERT(std::ranges::adjacent_find(ids) == ids.end(), "two sections have one id");
}

}  // namespace

std::string render(const Page& page) {
    check_ids(page);
    BlockHtml block_html;
    std::string html = head(page) + "<body>\n<a class=\"skip\" href=\"#page-content\">Skip to the content</a>\n" + navigation(page) +
                       "<main id=\"page-content\" tabindex=\"-1\">\n" + header(page);
    for (const Section& section : page.sections) {
        html += fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n", section.id, escape_html(section.title));
        if (!section.lead.empty()) html += fmt::format("<p class=\"lead\">{}</p>\n", escape_html(section.lead));
        html += "<div class=\"blocks\">\n";
        for (const Block& block : section.blocks) html += std::visit(block_html, block);
        html += "</div>\n</section>\n";
    }
    html += "</main>\n" + block_html.data() + "<script>";
    html += plotly_script();
    html += "</script>\n";
    for (const std::string_view script : report_scripts()) html += fmt::format("<script>{}</script>\n", script);
    return html + "</body>\n</html>\n";
}

void write_page(const Page& page, const std::filesystem::path& path) {
    nlohmann::json figures = nlohmann::json::object();
    for (const Section& section : page.sections) {
        for (const Block& block : section.blocks) {
            const auto* figure = std::get_if<Figure>(&block);
            if (!figure) continue;
            const std::string name = slug(figure->file_name.empty() ? figure->title : figure->file_name, "figure");
            std::string key = name;
            for (int copy = 2; figures.contains(key); ++copy) key = fmt::format("{}-{}", name, copy);
            figures[key] = figure->plot;
        }
    }
    write_file_atomically(path, render(page));
    auto beside = path;
    beside.replace_extension(".figures.json");
    write_file_atomically(beside, figures.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace lexicell
