// The tree under uns: what data/value.h can hold is read, the rest is left where it is.
#include <set>

#include <fmt/format.h>

#include "lexicell/io/h5ad_elements.h"

namespace lexicell {

namespace {

using Kind = Hdf5Type::Kind;

std::optional<Value> read_record_array(const Hdf5Dataset& dataset) {
    RecordArray out;
    if (dataset.rank() != 1) return std::nullopt;
    for (const auto& field : dataset.fields()) {
        if (!field.type.inner_shape.empty()) return std::nullopt;
        if (field.type.kind == Kind::text) out.fields.emplace_back(field.name, dataset.read_text_field(field.name));
        else if (field.type.kind == Kind::real && field.type.bytes <= 4) out.fields.emplace_back(field.name, dataset.read_field<float>(field.name));
        else if (field.type.kind == Kind::real) out.fields.emplace_back(field.name, dataset.read_field<double>(field.name));
        else return std::nullopt;
    }
    return Value{std::move(out)};
}

std::optional<Value> read_scalar(const Hdf5Dataset& dataset) {
    switch (dataset.type().inner_shape.empty() ? dataset.type().kind : Kind::other) {
        case Kind::text: return Value{dataset.read_texts().front()};
        case Kind::boolean: return Value{static_cast<bool>(dataset.read_flags().front())};
        case Kind::integer:
        case Kind::unsigned_integer: return Value{dataset.read<std::int64_t>().front()};
        case Kind::real: return Value{dataset.read<double>().front()};
        default: return std::nullopt;
    }
}

std::optional<Value> read_array(const Hdf5Dataset& dataset) {
    switch (dataset.type().inner_shape.empty() ? dataset.type().kind : Kind::other) {
        case Kind::text: return Value{StringArray{dataset.shape(), dataset.read_texts()}};
        case Kind::boolean: return Value{NumberArray{dataset.shape(), dataset.read_flags()}};
        case Kind::integer:
        case Kind::unsigned_integer: return Value{NumberArray{dataset.shape(), dataset.read<std::int64_t>()}};
        case Kind::real:
            if (dataset.type().bytes <= 4) return Value{NumberArray{dataset.shape(), dataset.read<float>()}};
            return Value{NumberArray{dataset.shape(), dataset.read<double>()}};
        case Kind::record: return read_record_array(dataset);
        default: return std::nullopt;
    }
}

std::optional<Value> read_dict(const Hdf5Group& group, std::vector<std::string>& opaque) {
    const std::string encoding = encoding_of(group);
    if (!encoding.empty() && encoding != "dict") return std::nullopt;
    std::optional<Value> value(std::in_place);
    Dict& out = value->content.emplace<Dict>();
    for (const auto& child : group.children()) {
        const std::string key = (group.key() == "/" ? "" : group.key()) + "/" + child.name;
        if (child.kind == Hdf5Group::ChildKind::unreachable) {
            group.sink().warn({"element-skipped", 1, key + ": the link leads out of the file or nowhere"});
            continue;
        }
        if (auto member = read_value(group.open(child.name), opaque)) out.emplace(child.name, std::move(*member));
    }
    return value;
}

}  // namespace

std::optional<Value> read_value(const Hdf5Element& element, std::vector<std::string>& opaque) {
    const Hdf5Object& object = object_of(element);
    // AnnData's own kinds that a tree of plain values does not hold; they stay in the file, and nobody is worried.
    static const std::set<std::string> kept = {"categorical", "csr_matrix", "csc_matrix", "dataframe", "nullable-integer", "nullable-boolean",
                                               "nullable-string-array", "awkward-array", "null"};
    std::string reason;
    try {
        const std::string encoding = encoding_of(object);
        std::optional<Value> out;
        if (const auto* group = std::get_if<Hdf5Group>(&element)) {
            out = read_dict(*group, opaque);
            reason = encoding;
        } else {
            const auto& dataset = std::get<Hdf5Dataset>(element);
            if (!dataset.is_null()) out = dataset.rank() == 0 ? read_scalar(dataset) : read_array(dataset);
            reason = dataset.is_null() ? "null" : dataset.type().name;  // Python's None: an absent key says the same
        }
        if (out) return out;
        if (kept.contains(reason)) {
            object.sink().info(fmt::format("{}: left in the file ({})", object.key(), reason));
            opaque.push_back(object.key());
            return std::nullopt;
        }
    } catch (const Error& error) {
        if (!is_unsupported(error) && error.detail().type != "value-out-of-range") throw;
        reason = error.detail().message + (error.detail().found.empty() ? "" : " (" + error.detail().found + ")");
    }
    object.sink().warn({"element-skipped", 1, fmt::format("{}: {}", object.key(), reason)});
    opaque.push_back(object.key());
    return std::nullopt;
}

}  // namespace lexicell
