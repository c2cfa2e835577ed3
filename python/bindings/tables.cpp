#include "python/bindings/tables.h"

#include <algorithm>
#include <utility>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lexicell/base/error.h"
#include "python/bindings/arrays.h"

namespace lexicell::python {

namespace {

using Strings = std::vector<std::string>;

std::vector<bool> to_bools(nb::handle array) {
    const auto view = nb::cast<Vector<bool>>(array, false);
    return std::vector<bool>(view.data(), view.data() + view.size());  // braces would make two booleans of the pointers
}

Column to_column(nb::handle c) {
    const auto kind = nb::cast<std::string>(c["kind"]);
    Column out;
    if (kind == "real") out.values = to_vector<double>(c["values"]);
    else if (kind == "integer") out.values = to_vector<std::int64_t>(c["values"]);
    else if (kind == "boolean") out.values = to_bools(c["values"]);
    else if (kind == "text") out.values = nb::cast<Strings>(c["values"]);
    else out.values = to_categorical(c);
    if (nb::cast<nb::dict>(c).contains("missing")) out.missing = to_bools(c["missing"]);
    return out;
}

nb::dict of_kind(const char* kind) {
    nb::dict out;
    out["kind"] = kind;
    return out;
}

nb::object to_python(Column&& column) {
    struct Visitor {
        nb::object operator()(std::vector<double>&& v) const { return with("real", to_numpy(std::move(v))); }
        nb::object operator()(std::vector<std::int64_t>&& v) const { return with("integer", to_numpy(std::move(v))); }
        nb::object operator()(std::vector<bool>&& v) const { return with("boolean", to_numpy(v)); }
        nb::object operator()(Strings&& v) const { return with("text", nb::cast(v)); }
        nb::object operator()(Categorical&& v) const { return python::to_python(std::move(v)); }
        static nb::object with(const char* kind, nb::object values) {
            nb::dict out = of_kind(kind);
            out["values"] = values;
            return out;
        }
    };
    nb::object out = std::visit(Visitor{}, std::move(column.values));
    if (!column.missing.empty()) out["missing"] = to_numpy(column.missing);
    return out;
}

std::vector<std::int64_t> shape_of(nb::handle array) { return nb::cast<std::vector<std::int64_t>>(nb::object(array.attr("shape"))); }

// {"kind": "bool" | "integer" | "real" | "text" | "numbers" | "strings" | "records" | "dict", "value": ...}
Value to_value(nb::handle tagged) {
    const auto kind = nb::cast<std::string>(tagged["kind"]);
    const nb::object value = tagged["value"];
    if (kind == "dict") return {to_dict(value)};
    if (kind == "bool") return {nb::cast<bool>(value)};
    if (kind == "integer") return {nb::cast<std::int64_t>(value)};
    if (kind == "real") return {nb::cast<double>(value)};
    if (kind == "text") return {nb::cast<std::string>(value)};
    if (kind == "strings") return {StringArray{.shape = nb::cast<std::vector<std::int64_t>>(tagged["shape"]), .values = nb::cast<Strings>(value)}};
    if (kind == "records") {
        RecordArray records;
        for (const nb::handle field : nb::cast<nb::list>(value)) {
            const auto name = nb::cast<std::string>(field[0]);
            Vector<float> floats;
            Vector<double> doubles;
            if (nb::try_cast(field[1], floats, false)) records.fields.emplace_back(name, to_vector<float>(field[1]));
            else if (nb::try_cast(field[1], doubles, false)) records.fields.emplace_back(name, to_vector<double>(field[1]));
            else records.fields.emplace_back(name, nb::cast<Strings>(field[1]));
        }
        return {records};
    }
    NumberArray numbers{.shape = shape_of(value), .values = {}};
    const nb::object flat = value.attr("ravel")();
    const auto type = nb::cast<std::string>(flat.attr("dtype").attr("name"));
    if (type == "float32") numbers.values = to_vector<float>(flat);
    else if (type == "int64") numbers.values = to_vector<std::int64_t>(flat);
    else if (type == "bool") numbers.values = to_bools(flat);
    else numbers.values = to_vector<double>(flat);
    return {numbers};
}

nb::object tagged(const char* kind, nb::object value) {
    nb::dict out = of_kind(kind);
    out["value"] = value;
    return out;
}

nb::object to_python(Value&& value) {
    struct Visitor {
        nb::object operator()(Dict&& v) const { return tagged("dict", python::to_python(std::move(v))); }
        nb::object operator()(bool v) const { return tagged("bool", nb::bool_(v)); }
        nb::object operator()(std::int64_t v) const { return tagged("integer", nb::int_(v)); }
        nb::object operator()(double v) const { return tagged("real", nb::float_(v)); }
        nb::object operator()(std::string&& v) const { return tagged("text", nb::cast(v)); }
        nb::object operator()(NumberArray&& v) const {
            nb::object flat = std::visit([](auto&& held) -> nb::object {
                using Held = std::remove_cvref_t<decltype(held)>;
                if constexpr (std::is_same_v<Held, std::vector<bool>>) return to_numpy(held);
                else return to_numpy(std::move(held));
            }, std::move(v.values));
            return tagged("numbers", flat.attr("reshape")(nb::tuple(nb::cast(v.shape))));
        }
        nb::object operator()(StringArray&& v) const {
            nb::object out = tagged("strings", nb::cast(v.values));
            out["shape"] = nb::tuple(nb::cast(v.shape));
            return out;
        }
        nb::object operator()(RecordArray&& v) const {
            nb::list fields;
            for (auto& [name, held] : v.fields) {
                nb::object values = std::visit([](auto&& field) -> nb::object {
                    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, Strings>) return nb::cast(field);
                    else return to_numpy(std::move(field));
                }, std::move(held));
                fields.append(nb::make_tuple(name, values));
            }
            return tagged("records", fields);
        }
    };
    return std::visit(Visitor{}, std::move(value.content));
}

}  // namespace

Categorical to_categorical(nb::handle c) {
    Categorical out{.codes = to_vector<std::int32_t>(c["codes"]), .categories = nb::cast<Strings>(c["categories"]), .ordered = nb::cast<bool>(c["ordered"])};
    const auto categories = static_cast<std::int32_t>(out.categories.size());
    if (std::ranges::any_of(out.codes, [&](std::int32_t code) { return code < -1 || code >= categories; }))
        throw Error(ErrorKind::precondition, {.type = "bad-categorical", .message = "codes without a category"});
    return out;
}

nb::object to_python(Categorical&& column) {
    nb::dict out = of_kind("categorical");
    out["codes"] = to_numpy(std::move(column.codes));
    out["categories"] = nb::cast(column.categories);
    out["ordered"] = column.ordered;
    return out;
}

Frame to_frame(nb::handle table) {
    Frame out{.index = nb::cast<Strings>(table[0])};
    for (const nb::handle pair : nb::cast<nb::list>(table[1])) out.set(nb::cast<std::string>(pair[0]), to_column(pair[1]));
    return out;
}

nb::object to_python(Frame&& frame) {
    nb::list columns;
    for (auto& [name, column] : frame.columns) columns.append(nb::make_tuple(name, to_python(std::move(column))));
    return nb::make_tuple(nb::cast(frame.index), columns);
}

Dict to_dict(nb::handle tree) {
    Dict out;
    for (const auto& [key, value] : nb::cast<nb::dict>(tree)) out[nb::cast<std::string>(key)] = to_value(value);
    return out;
}

nb::object to_python(Dict&& dict) {
    nb::dict out;
    for (auto& [key, value] : dict) out[key.c_str()] = to_python(std::move(value));
    return out;
}

}  // namespace lexicell::python
