#pragma once
// A figure of each of several methods: its mean with an interval, and the repetitions behind it.

#include <string>
#include <vector>

#include "lexicell/report/figure.h"

namespace lexicell {

struct IntervalRow {
    std::string name;
    double mean = 0, half_width = 0;   // of the interval; NaN = none
    std::vector<double> repetitions;
    bool emphasised = false;           // the method in question among its baselines
};

struct IntervalFigureOptions {
    std::string title;
    std::string row_name;    // what a row is: "method"
    std::string value_name;  // what the axis means
};

// Rows from top to bottom in the order given.
Figure interval_figure(const std::vector<IntervalRow>& rows, const IntervalFigureOptions& options);

}  // namespace lexicell
