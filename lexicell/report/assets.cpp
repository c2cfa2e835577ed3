#include "lexicell/report/assets.h"

#include <array>

#define LEXICELL_ASSET(name)                            \
    extern "C" const char lexicell_asset_##name[];      \
    extern "C" const char lexicell_asset_##name##_end[]; \
    static std::string_view name() { return {lexicell_asset_##name, lexicell_asset_##name##_end}; }

LEXICELL_ASSET(plotly_js)
LEXICELL_ASSET(style_css)
LEXICELL_ASSET(dom_js)
LEXICELL_ASSET(theme_js)
LEXICELL_ASSET(tables_js)
LEXICELL_ASSET(figures_js)
LEXICELL_ASSET(search_box_js)
LEXICELL_ASSET(point_map_data_js)
LEXICELL_ASSET(point_map_traces_js)
LEXICELL_ASSET(point_map_legend_js)
LEXICELL_ASSET(point_map_pointer_js)
LEXICELL_ASSET(point_map_controls_js)
LEXICELL_ASSET(point_map_js)

namespace lexicell {

std::string_view plotly_script() { return plotly_js(); }

std::string_view report_style() { return style_css(); }

std::span<const std::string_view> report_scripts() {
    static const std::array scripts = {dom_js(), theme_js(), tables_js(), figures_js(), search_box_js(),
                                       point_map_data_js(), point_map_traces_js(), point_map_legend_js(),
                                       point_map_pointer_js(), point_map_controls_js(), point_map_js()};
    return scripts;
}

}  // namespace lexicell
