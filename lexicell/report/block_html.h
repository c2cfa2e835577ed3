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

    // The data of all blocks so far, one script element each. They belong after the content, so that a reader sees the
    // text before the last megabyte has come.
    const std::string& data() const { return data_; }

private:
    std::string next_id(std::string_view kind);
    void add_data(std::string_view id, const nlohmann::json& value);
    std::string table_html(const Table& table, std::string_view id);
    std::string companion(const Table& table, std::string_view id, const std::string& file, bool open);
    std::string data_;
    int next_ = 0;
};

// Lower-case letters, digits and '-', at most 60 bytes: for anchors and names of saved files. `fallback` if nothing is left.
std::string slug(std::string_view text, std::string_view fallback);

}  // namespace lexicell
