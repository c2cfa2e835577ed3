#include "lexicell/report/manifest_section.h"

#include <algorithm>

#include "lexicell/report/html.h"

namespace lexicell {

namespace {

std::string words(std::string key) {
    for (char& c : key) c = c == '_' ? ' ' : c;
    return key;
}

// A value as a reader wants it; "" where nothing is set. The exact one is in the whole manifest below.
std::string text_of(const std::string& key, const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "";
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_number_float()) return format_number(value.get<double>(), 4);
    if (value.is_number_integer() && key.find("bytes") != std::string::npos) return format_count(value.get<std::int64_t>());
    if (!value.is_array()) return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string list;
    for (const nlohmann::json& entry : value) list += (list.empty() ? "" : ", ") + text_of(key, entry);
    return list;
}

bool is_list_of_objects(const nlohmann::json& value) {
    if (!value.is_array() || value.empty()) return false;
    for (const nlohmann::json& entry : value) {
        if (!entry.is_object()) return false;
    }
    return true;
}

Table table_of(const std::string& name, const nlohmann::json& list) {
    std::vector<std::string> keys;
    for (const nlohmann::json& entry : list) {
        for (const auto& [key, value] : entry.items()) {
            if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
        }
    }
    std::ranges::stable_partition(keys, [](const std::string& key) { return key == "name" || key == "file"; });
    Table table{capitalized(words(name)), {}, {}, "manifest-" + name};
    for (const std::string& key : keys) {
        const auto number = [&](const nlohmann::json& entry) { return !entry.contains(key) || entry[key].is_null() || entry[key].is_number(); };
        table.columns.push_back({words(key), std::ranges::all_of(list, number)});
    }
    for (const nlohmann::json& entry : list) {
        std::vector<std::string> row;
        for (const std::string& key : keys) row.push_back(entry.contains(key) ? text_of(key, entry[key]) : "");
        table.rows.push_back(std::move(row));
    }
    return table;
}

// What an object holds itself, then, each under its own caption, the objects and lists of objects in it.
void add_parts(std::vector<Block>& blocks, const std::string& caption, const nlohmann::json& object, const std::string& prefix) {
    KeyValues own{caption, {}};
    std::vector<Block> parts;
    for (const auto& [key, value] : object.items()) {
        if (value.is_object()) add_parts(parts, capitalized(prefix + words(key)), value, prefix + words(key) + ": ");
        else if (is_list_of_objects(value)) parts.push_back(table_of(key, value));
        else if (const std::string text = text_of(key, value); !text.empty()) own.pairs.emplace_back(words(key), text);
    }
    if (!own.pairs.empty()) blocks.push_back(std::move(own));
    for (Block& part : parts) blocks.push_back(std::move(part));
}

}  // namespace

Section manifest_section(const nlohmann::json& manifest) {
    Section section{"manifest", "Run manifest", "Everything that is needed to repeat this run.", {}};
    add_parts(section.blocks, "Run", manifest, "");
    section.blocks.push_back(Code{"The whole manifest", manifest, "manifest"});
    return section;
}

}  // namespace lexicell
