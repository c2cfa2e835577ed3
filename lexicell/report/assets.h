#pragma once
// The files that every report carries, embedded when the library is built: plotly.js (MIT, from the pinned plotly
// wheel) and our own style and scripts.

#include <span>
#include <string_view>

namespace lexicell {

std::string_view plotly_script();
std::string_view report_style();
// Our scripts in the order in which they must run; each is one <script> element.
std::span<const std::string_view> report_scripts();

}  // namespace lexicell
