#pragma once
// A table of a report. Every row reaches the page and its csv file; a long table shows its first rows and a button.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lexicell {

struct Table {
    struct Column {
        std::string name;
        bool number = false;  // set in tabular figures and to the right; sorts by value
    };
    std::string caption;
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;  // each as long as `columns`; "" = missing
    std::string file_name;                       // of the csv file, without ending; "" = from the caption
};

// Numbers as a reader wants them: 12,345 (thin groups of three); 0.0123, 4.57, 1.2e-09 with `digits` significant digits.
std::string format_count(std::int64_t value);
std::string format_number(double value, int digits = 3);   // NaN and infinities: ""
std::string format_percent(double share, int decimals = 1);  // 0.123 -> "12.3 %"

}  // namespace lexicell
