#include "lexicell/report/manifest_section.h"

#include <algorithm>

#include "lexicell/report/html.h"

namespace lexicell {

namespace {

std::string words(std::string key) {
    for (char& c : key) c = c == '_' ? ' ' : c;
    return capitalized(std::move(key));
}

std::string text_of(const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "";
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_list_of_objects(const nlohmann::json& value) {
    if (!value.is_array() || value.empty()) return false;
    for (const nlohmann::json& entry : value) {
        if (!entry.is_object()) return false;
    }
    return true;
}

Table table_of(const std::string& name, const nlohmann::json& list) {
    Table table{words(name), {}, {}, "manifest-" + name};
    for (const nlohmann::json& entry : list) {
        for (const auto& [key, value] : entry.items()) {
            const auto known = [&](const Table::Column& column) { return column.name == key; };
            if (std::ranges::none_of(table.columns, known)) table.columns.push_back({key, value.is_number()});
        }
    }
    for (const nlohmann::json& entry : list) {
        std::vector<std::string> row;
        for (const Table::Column& column : table.columns) row.push_back(entry.contains(column.name) ? text_of(entry[column.name]) : "");
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace

Section manifest_section(const nlohmann::json& manifest) {
    Section section{"manifest", "Run manifest", "Everything that is needed to repeat this run.", {}};
    KeyValues run{"Run", {}};
    std::vector<Block> parts;
    for (const auto& [key, value] : manifest.items()) {
        if (value.is_object()) {
            KeyValues part{words(key), {}};
            for (const auto& [name, entry] : value.items()) part.pairs.emplace_back(name, text_of(entry));
            parts.push_back(std::move(part));
        } else if (is_list_of_objects(value)) {
            parts.push_back(table_of(key, value));
        } else {
            run.pairs.emplace_back(words(key), text_of(value));
        }
    }
    if (!run.pairs.empty()) section.blocks.push_back(std::move(run));
    for (Block& part : parts) section.blocks.push_back(std::move(part));
    section.blocks.push_back(Code{"The whole manifest", manifest, "manifest"});
    return section;
}

}  // namespace lexicell
