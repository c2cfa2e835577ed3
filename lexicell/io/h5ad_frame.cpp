// Tables of h5ad: dataframe groups, compound datasets of the oldest layouts, columns of every kind (formats.md 2.2, 2.3).
#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "lexicell/io/h5ad_elements.h"

namespace lexicell {

namespace {

using Kind = Hdf5Type::Kind;

Categorical::Kind category_kind(const Column& column) {
    if (std::holds_alternative<std::vector<std::int64_t>>(column.values)) return Categorical::Kind::integer;
    if (std::holds_alternative<std::vector<double>>(column.values)) return Categorical::Kind::real;
    if (std::holds_alternative<std::vector<bool>>(column.values)) return Categorical::Kind::boolean;
    return Categorical::Kind::text;
}

std::vector<std::string> texts_of(const Column& column) {
    std::vector<std::string> out;
    out.reserve(static_cast<std::size_t>(column.size()));
    for (std::int64_t row = 0; row < column.size(); ++row) out.push_back(column.text(row));
    return out;
}

void check_length(const Hdf5Object& object, std::int64_t found, std::int64_t rows) {
    if (found != rows) object.refuse("column-length", "the column does not fit its table", fmt::format("{} values", found), fmt::format("{}", rows));
}

void check_codes(const Hdf5Object& object, const std::vector<std::int32_t>& codes, std::size_t categories) {
    for (const std::int32_t code : codes)
        if (code < -1 || code >= static_cast<std::int64_t>(categories))
            object.refuse("category-code", "a category code is out of range", fmt::format("{}", code), fmt::format("-1 to {}", static_cast<std::int64_t>(categories) - 1));
}

// The whole numbers of a column as codes for the level names that the oldest layouts keep in uns.
Column with_legacy_categories(const Hdf5Object& object, const std::vector<std::int64_t>& values, const std::vector<std::string>& categories) {
    Categorical out{.categories = categories};
    for (const std::int64_t value : values) out.codes.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -2, std::numeric_limits<std::int32_t>::max())));
    check_codes(object, out.codes, out.categories.size());
    return {.values = std::move(out)};
}

// A one-dimensional dataset, of `rows` values unless that is absent.
Column read_values(const Hdf5Dataset& dataset, std::optional<std::int64_t> rows) {
    const bool column_of_masks = dataset.rank() == 2 && dataset.shape()[1] == 1;
    if (dataset.rank() != 1 && !column_of_masks) refuse_unsupported(dataset, fmt::format("{} dimensions", dataset.rank()), "one dimension");
    if (rows) check_length(dataset, dataset.size(), *rows);
    switch (dataset.type().inner_shape.empty() ? dataset.type().kind : Kind::other) {
        case Kind::real: return {.values = dataset.read<double>()};
        case Kind::integer:
        case Kind::unsigned_integer: return {.values = dataset.read<std::int64_t>()};
        case Kind::boolean: return {.values = dataset.read_flags()};
        case Kind::text: return {.values = dataset.read_texts()};
        default: dataset.refuse("type-not-supported", "the values of a column must be numbers, flags or text", dataset.type().name);
    }
}

Column read_column_of(const Hdf5Element& element, std::optional<std::int64_t> rows);

Column read_categorical(const Hdf5Group& group, std::optional<std::int64_t> rows) {
    const Hdf5Dataset codes = group.dataset("codes");
    if (codes.rank() != 1) codes.refuse("category-code", "category codes must have one dimension");
    if (rows) check_length(group, codes.size(), *rows);
    const Column categories = read_column_of(group.open("categories"), std::nullopt);
    const auto ordered = group.integer_attribute("ordered");
    Categorical out{.codes = codes.read<std::int32_t>(), .categories = texts_of(categories), .ordered = ordered && ordered->size() == 1 && (*ordered)[0] != 0,
                    .kind = category_kind(categories)};
    check_codes(codes, out.codes, out.categories.size());
    return {.values = std::move(out)};
}

// v0.7: integer codes whose attribute refers to the frame's own __categories/<column>, and nothing else.
Column read_legacy_categorical(const Hdf5Group& frame, const std::string& name, const Hdf5Dataset& codes, std::int64_t rows) {
    const std::string target = codes.reference_attribute("categories").value();
    const std::string expected = (frame.key() == "/" ? "" : frame.key()) + "/__categories/" + name;
    if (target != expected) codes.refuse("category-reference", "the categories must lie in the same table", target, expected);
    check_length(codes, codes.size(), rows);
    if (codes.rank() != 1) codes.refuse("category-code", "category codes must have one dimension");
    const Hdf5Dataset levels = frame.dataset("__categories/" + name);
    const Column categories = read_values(levels, std::nullopt);
    const auto ordered = levels.integer_attribute("ordered");
    Categorical out{.codes = codes.read<std::int32_t>(), .categories = texts_of(categories), .ordered = ordered && ordered->size() == 1 && (*ordered)[0] != 0,
                    .kind = category_kind(categories)};
    check_codes(codes, out.codes, out.categories.size());
    return {.values = std::move(out)};
}

Column read_nullable(const Hdf5Group& group, const std::string& encoding, std::optional<std::int64_t> rows) {
    const Hdf5Dataset values = group.dataset("values"), mask = group.dataset("mask");
    Column out = read_values(values, rows);
    out.missing = mask.read_flags();
    check_length(mask, static_cast<std::int64_t>(out.missing.size()), out.size());
    const bool right = encoding == "nullable-string-array" ? std::holds_alternative<std::vector<std::string>>(out.values)
                       : encoding == "nullable-boolean"    ? std::holds_alternative<std::vector<bool>>(out.values)
                                                           : std::holds_alternative<std::vector<std::int64_t>>(out.values);
    if (!right) refuse_unsupported(group, encoding + " of " + values.type().name, "matching values");
    if (std::ranges::find(out.missing, true) == out.missing.end()) out.missing.clear();
    return out;
}

Column read_column_of(const Hdf5Element& element, std::optional<std::int64_t> rows) {
    const std::string encoding = encoding_of(object_of(element));
    if (const auto* dataset = std::get_if<Hdf5Dataset>(&element)) return read_values(*dataset, rows);
    const auto& group = std::get<Hdf5Group>(element);
    if (encoding == "categorical") return read_categorical(group, rows);
    if (encoding.starts_with("nullable-")) return read_nullable(group, encoding, rows);
    refuse_unsupported(group, encoding.empty() ? "a group without encoding-type" : encoding, "a column");
}

void warn_skipped(const Hdf5Object& object, const Error& error) {
    object.sink().warn({"element-skipped", 1, fmt::format("{}: {}", error.detail().key.empty() ? object.key() : error.detail().key, error.detail().message +
                                                              (error.detail().found.empty() ? "" : " (" + error.detail().found + ")"))});
}

std::string index_name_of(const Hdf5Group& group) {
    auto name = group.text_attribute("_index");
    if (!name) group.refuse("frame-index", "the table does not name its index", {}, "an attribute _index");
    return std::move(*name);
}

std::string index_name_of(const Hdf5Dataset& table) {
    if (table.fields().empty() || table.rank() != 1) table.refuse("frame-encoding", "the table is neither a group nor a list of records", table.type().name);
    for (const auto& field : table.fields())
        if (field.name == "index" || field.name == "_index") return field.name;
    return table.fields().front().name;
}

FrameReading read_group_frame(const Hdf5Group& group, const LegacyCategories& categories) {
    FrameReading out;
    out.frame.index_name = index_name_of(group);
    out.frame.index = texts_of(read_column_of(group.open(out.frame.index_name), std::nullopt));
    const std::int64_t rows = out.frame.rows();

    const auto order = group.text_list_attribute("column-order");
    if (!order) group.refuse("column-order", "the table does not list its columns", {}, "an attribute column-order");
    std::set<std::string> listed = {out.frame.index_name, "__categories"};
    std::set<std::string> seen;
    for (const std::string& name : *order) {
        if (!seen.insert(name).second) group.refuse("duplicate-column", "the table lists a column twice", name);
        if (!group.has(name)) group.refuse("missing-column", "a listed column is missing", {}, {}, {}, name);
        listed.insert(name.substr(0, name.find('/')));
        try {
            const Hdf5Element element = group.open(name);
            const auto* dataset = std::get_if<Hdf5Dataset>(&element);
            if (dataset && dataset->has_attribute("categories")) {
                out.frame.set(name, read_legacy_categorical(group, name, *dataset, rows));
                continue;
            }
            Column column = read_column_of(element, rows);
            if (const auto found = categories.find(name); found != categories.end() && std::holds_alternative<std::vector<std::int64_t>>(column.values)) {
                column = with_legacy_categories(object_of(element), std::get<std::vector<std::int64_t>>(column.values), found->second);
                out.used_categories.push_back(name);
            }
            out.frame.set(name, std::move(column));
        } catch (const Error& error) {
            if (!is_unsupported(error)) throw;
            warn_skipped(group, error);
            out.opaque.push_back(group.key() + "/" + name);
        }
    }
    for (const auto& child : group.children())
        if (!listed.contains(child.name))
            group.sink().warn({"column-not-listed", 1, fmt::format("{}/{}: not in column-order, ignored", group.key(), child.name)});
    return out;
}

Column read_record_column(const Hdf5Dataset& table, const Hdf5Field& field) {
    if (field.type.inner_shape.empty()) {
        switch (field.type.kind) {
            case Kind::real: return {.values = table.read_field<double>(field.name)};
            case Kind::integer:
            case Kind::unsigned_integer: return {.values = table.read_field<std::int64_t>(field.name)};
            case Kind::text: return {.values = table.read_text_field(field.name)};
            case Kind::boolean: {
                const auto flags = table.read_field<std::int32_t>(field.name);
                return {.values = std::vector<bool>(flags.begin(), flags.end())};
            }
            default: break;
        }
    }
    table.refuse("type-not-supported", "the values of a column must be numbers, flags or text", field.type.name, {}, {}, field.name);
}

FrameReading read_record_frame(const Hdf5Dataset& table, const LegacyCategories& categories) {
    FrameReading out;
    const std::string index = index_name_of(table);
    std::set<std::string> seen;
    for (const auto& field : table.fields()) {
        if (!seen.insert(field.name).second) table.refuse("duplicate-column", "the table lists a column twice", field.name);
        try {
            Column column = read_record_column(table, field);
            if (field.name == index) {
                out.frame.index = texts_of(column);
                out.frame.index_name = index;
                continue;
            }
            if (const auto found = categories.find(field.name); found != categories.end() && std::holds_alternative<std::vector<std::int64_t>>(column.values)) {
                column = with_legacy_categories(table, std::get<std::vector<std::int64_t>>(column.values), found->second);
                out.used_categories.push_back(field.name);
            }
            out.frame.columns.emplace_back(field.name, std::move(column));
        } catch (const Error& error) {
            if (!is_unsupported(error) || field.name == index) throw;
            warn_skipped(table, error);
        }
    }
    return out;
}

}  // namespace

Column read_column(const Hdf5Element& element, std::int64_t rows) { return read_column_of(element, rows); }

std::vector<std::string> read_frame_index(const Hdf5Element& element) {
    if (const auto* group = std::get_if<Hdf5Group>(&element)) return texts_of(read_column_of(group->open(index_name_of(*group)), std::nullopt));
    const auto& table = std::get<Hdf5Dataset>(element);
    const std::string name = index_name_of(table);
    return texts_of(read_record_column(table, *std::ranges::find(table.fields(), name, &Hdf5Field::name)));
}

FrameReading read_frame(const Hdf5Element& element, const LegacyCategories& categories) {
    if (const auto* table = std::get_if<Hdf5Dataset>(&element)) return read_record_frame(*table, categories);
    const auto& group = std::get<Hdf5Group>(element);
    const std::string encoding = encoding_of(group);
    if (encoding != "dataframe" && !(encoding.empty() && group.has_attribute("_index")))
        refuse_unsupported(group, encoding.empty() ? "a group without encoding-type" : encoding, "dataframe");
    return read_group_frame(group, categories);
}

}  // namespace lexicell
