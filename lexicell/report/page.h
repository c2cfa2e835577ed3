#pragma once
// The report: one HTML file that opens from disk, without a network, in any browser since 2023 (users.md N17).

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lexicell/report/figure.h"
#include "lexicell/report/point_map.h"
#include "lexicell/report/table.h"

namespace lexicell {

struct Paragraph {
    std::string text;
};

struct KeyValues {
    std::string caption;
    std::vector<std::pair<std::string, std::string>> pairs;
};

// Structured data shown as it is, with a button that saves it.
struct Code {
    std::string caption;
    nlohmann::json value;
    std::string file_name;  // of the json file, without ending; "" = from the caption
};

using Block = std::variant<Paragraph, Table, Figure, PointMap, KeyValues, Code>;

struct Section {
    std::string id;     // anchor, unique on the page: letters, digits, '-'
    std::string title;  // also the navigation entry
    std::string lead;   // one or two sentences on what the reader sees; may be empty
    std::vector<Block> blocks;
};

struct Note {
    enum class Level { info, warning } level = Level::info;
    std::string text;
};

struct Page {
    std::string title;
    std::string subtitle;
    std::vector<std::pair<std::string, std::string>> facts;  // label and value, the cards at the top
    std::vector<Note> notes;                                 // shown above the sections, warnings first
    std::vector<Section> sections;
};

// The whole page. All text is escaped here: builders and callers pass it as it came from the file.
std::string render(const Page& page);

// Writes render(page) to `path`, and beside it `<stem>.figures.json`, the plotly specification of every figure by file
// name; each file whole or not at all. Error(write).
void write_page(const Page& page, const std::filesystem::path& path);

}  // namespace lexicell
