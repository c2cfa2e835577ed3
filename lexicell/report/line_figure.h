#pragma once
// Values over one common axis: losses by epoch, risk by coverage, stability by resolution.

#include <optional>
#include <string>
#include <vector>

#include "lexicell/report/figure.h"

namespace lexicell {

struct Line {
    std::string name;
    std::vector<double> x, y;  // one pair a point, ascending in x; a non-finite y leaves a gap
};

struct LineFigureOptions {
    std::string title;
    std::string x_name, y_name;
    bool markers = false;            // dots at the points, for few of them
    std::optional<double> marked_x;  // a vertical line here,
    std::string mark;                // and what it means, in a word or two
};

// The table joins the lines by x.
Figure line_figure(const std::vector<Line>& lines, const LineFigureOptions& options);

}  // namespace lexicell
