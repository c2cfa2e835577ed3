#pragma once
// A PointMap as the browser reads it, and as a table for a reader who does not see it.

#include <nlohmann/json_fwd.hpp>

#include "lexicell/report/point_map.h"
#include "lexicell/report/table.h"

namespace lexicell {

// Little-endian arrays in base64: x and y as uint16 over their range, group codes as uint16 with 65535 = missing,
// numbers as float32; a feature as its non-zero points (gaps as LEB128) followed by one byte each, 1..255 over its range.
nlohmann::json point_map_json(const PointMap& map);

// Every group of every categorical colouring with its size and the centre of its points; range of every numeric one.
Table point_map_table(const PointMap& map);

}  // namespace lexicell
