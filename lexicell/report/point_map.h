#pragma once
// Points in the plane (cells or genes of an embedding), coloured by any of their columns or features in the browser.

#include <cstdint>
#include <string>
#include <vector>

#include "lexicell/data/matrix.h"

namespace lexicell {

struct PointMap {
    struct Groups {                       // a categorical colouring
        std::string name;
        std::vector<std::string> labels;  // of group k
        std::vector<std::int32_t> codes;  // N; -1 = missing
    };
    struct Numbers {                      // a numeric colouring
        std::string name;
        std::vector<float> values;        // N; NaN = missing
    };

    std::string title;
    std::string alt;
    std::string noun = "cell";            // what a point is, in the singular
    std::string feature_noun = "gene";    // what a feature is
    std::string axes = "UMAP";            // axis titles: "UMAP 1", "UMAP 2"
    std::vector<float> x, y;              // N each; a point with a non-finite coordinate is not drawn
    std::vector<std::string> names;       // N, shown on hover and in the csv of a selection; empty = none
    std::vector<Groups> groups;
    std::vector<Numbers> numbers;
    CsrMatrix features;                   // F x N: row f holds feature f's values, 0 where absent
    std::vector<std::string> feature_names;  // F, unique
    std::string colour_by;                // a name in groups or numbers; "" = the first
    std::vector<std::string> notes;       // what was left out of the page, and why
    std::string file_name;                // of saved files, without ending; "" = from the title
};

}  // namespace lexicell
