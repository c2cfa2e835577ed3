#pragma once
// One block of a report as HTML. Ids are numbered over the page, so that a label can name its element.

#include <string>
#include <string_view>

#include "lexicell/report/page.h"

namespace lexicell {

class BlockHtml {
public:
    std::string operator()(const Paragraph& paragraph);
    std::string operator()(const Table& table);
    std::string operator()(const Figure& figure);
    std::string operator()(const PointMap& map);
    std::string operator()(const KeyValues& values);
    std::string operator()(const Code& code);

private:
    std::string next_id(std::string_view kind);
    int next_ = 0;
};

// Lower-case letters, digits and '-', at most 60 bytes: for anchors and names of saved files. `fallback` if nothing is left.
std::string slug(std::string_view text, std::string_view fallback);

}  // namespace lexicell
