#pragma once
// A picture drawn by plotly, with the same content in words and in a table for those who do not see it.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "lexicell/report/table.h"

namespace lexicell {

struct Figure {
    std::string title;
    std::string alt;               // what the picture shows, one or two sentences; also printed under it
    nlohmann::json plot;           // {"data": [...], "layout": {...}} without colours of text, grid or page: those follow the theme
    Table table;                   // the figure's content; empty = none
    std::string file_name;         // of the saved png, svg and json, without ending; "" = from the title
    int height = 380;              // CSS pixels
    bool table_open = false;       // the table is shown from the start
    bool half_width = false;       // on a wide screen, beside its neighbour
    std::optional<int> min_width;  // CSS pixels below which the figure scrolls sideways instead of shrinking
};

}  // namespace lexicell
