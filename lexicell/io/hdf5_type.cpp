// Types, texts and attributes of HDF5.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/io/guard.h"
#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

namespace {

using Kind = Hdf5Type::Kind;

std::string member_name(hid_t type, unsigned index) {
    char* name = H5Tget_member_name(type, index);
    std::string out = name ? name : "";
    H5free_memory(name);
    return out;
}

bool is_boolean_enum(hid_t type) {
    if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
    signed char no = -1, yes = -1;
    return H5Tenum_valueof(type, "FALSE", &no) >= 0 && H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

bool is_complex_record(hid_t type) {
    return H5Tget_nmembers(type) == 2 && member_name(type, 0) == "r" && member_name(type, 1) == "i" &&
           H5Tget_member_class(type, 0) == H5T_FLOAT && H5Tget_member_class(type, 1) == H5T_FLOAT;
}

}  // namespace

Hdf5Type describe_type(hid_t type) {
    Hdf5Type out{.bytes = H5Tget_size(type)};
    const auto named = [&](Kind kind, std::string name) {
        out.kind = kind;
        out.name = std::move(name);
        return out;
    };
    switch (H5Tget_class(type)) {
        case H5T_INTEGER: {
            const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
            if (out.bytes > 8) return named(Kind::other, fmt::format("{}-bit integer", out.bytes * 8));
            return named(is_signed ? Kind::integer : Kind::unsigned_integer, fmt::format("{}int{}", is_signed ? "" : "u", out.bytes * 8));
        }
        case H5T_FLOAT: return named(Kind::real, fmt::format("float{}", out.bytes * 8));
        case H5T_STRING: return named(Kind::text, "text");
        case H5T_ENUM: return is_boolean_enum(type) ? named(Kind::boolean, "bool") : named(Kind::other, "enumeration");
        case H5T_COMPOUND: return is_complex_record(type) ? named(Kind::complex, "complex number") : named(Kind::record, "record");
        case H5T_REFERENCE: return named(Kind::reference, "reference");
        case H5T_VLEN: return named(Kind::other, "variable-length sequence");
        case H5T_OPAQUE: return named(Kind::other, "opaque");
        case H5T_BITFIELD: return named(Kind::other, "bit field");
        case H5T_TIME: return named(Kind::other, "time");
        case H5T_ARRAY: {
            const int rank = H5Tget_array_ndims(type);
            std::vector<hsize_t> shape(std::max(rank, 0));
            if (rank < 1 || rank > 8 || H5Tget_array_dims2(type, shape.data()) < 0) return named(Kind::other, "array");
            const Hdf5Id inner(H5Tget_super(type));
            Hdf5Type element = describe_type(inner.get());
            if (!element.inner_shape.empty()) return named(Kind::other, "array of arrays");
            element.bytes = out.bytes;
            for (const hsize_t extent : shape) element.inner_shape.push_back(static_cast<std::int64_t>(extent));
            return element;
        }
        default: return named(Kind::other, "unknown type");
    }
}

std::vector<Hdf5Field> describe_fields(hid_t type) {
    std::vector<Hdf5Field> out;
    const int count = std::clamp(H5Tget_nmembers(type), 0, 1 << 16);
    for (int i = 0; i < count; ++i) {
        const Hdf5Id member(H5Tget_member_type(type, static_cast<unsigned>(i)));
        out.push_back({member_name(type, static_cast<unsigned>(i)), describe_type(member.get())});
    }
    return out;
}

Hdf5Id text_memory_type(hid_t stored) {
    return Hdf5Id(H5Tcopy(stored));
}

std::string fixed_text(const char* bytes, std::size_t width, H5T_str_t padding) {
    std::string_view text(bytes, width);
    text = text.substr(0, text.find('\0'));
    if (padding == H5T_STR_SPACEPAD) text = text.substr(0, text.find_last_not_of(' ') + 1);
    return std::string(text);
}

bool repair_utf8(std::string& text) {
    // Length of the well-formed sequence at `at`, or 0 (Unicode 15, table 3-7).
    const auto sequence = [&](std::size_t at) -> std::size_t {
        const auto byte = [&](std::size_t k) { return at + k < text.size() ? static_cast<unsigned char>(text[at + k]) : 0u; };
        const auto tail = [&](std::size_t k) { return byte(k) >= 0x80 && byte(k) <= 0xBF; };
        const unsigned first = byte(0), second = byte(1);
        if (first < 0x80) return 1;
        if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
        if (first >= 0xE0 && first <= 0xEF) {
            const bool in_range = (first != 0xE0 || second >= 0xA0) && (first != 0xED || second <= 0x9F);
            return in_range && tail(1) && tail(2) ? 3 : 0;
        }
        if (first >= 0xF0 && first <= 0xF4) {
            const bool in_range = (first != 0xF0 || second >= 0x90) && (first != 0xF4 || second <= 0x8F);
            return in_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
        }
        return 0;
    };
    if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return false;
    std::string repaired;
    bool changed = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence(at);
        if (length == 0) {
            repaired += "\xEF\xBF\xBD";
            changed = true;
            ++at;
        } else {
            repaired.append(text, at, length);
            at += length;
        }
    }
    if (changed) text = std::move(repaired);
    return changed;
}

// ---- attributes ----

namespace {

struct Attribute {
    Hdf5Id id, type, space;
    Hdf5Type description;
    std::int64_t size = 0;
    bool is_null = false;
};

}  // namespace

// Opens attributes for Hdf5Object, counting their bytes.
struct Hdf5Attributes {
    static Attribute open(const Hdf5Object& object, Hdf5State& state, const std::string& name) {
        const std::string key = object.key() + "@" + name;
        note_key(key);
        Attribute out;
        out.id = Hdf5Id(H5Aopen(object.id(), name.c_str(), H5P_DEFAULT));
        if (!out.id) hdf5_refuse(state, key, "open the attribute");
        out.type = Hdf5Id(H5Aget_type(out.id.get()));
        out.space = Hdf5Id(H5Aget_space(out.id.get()));
        if (!out.type || !out.space) hdf5_refuse(state, key, "open the attribute");
        out.description = describe_type(out.type.get());
        out.is_null = H5Sget_simple_extent_type(out.space.get()) == H5S_NULL;
        out.size = out.is_null ? 0 : H5Sget_simple_extent_npoints(out.space.get());
        const auto bytes = checked_multiply<std::int64_t>(out.size, static_cast<std::int64_t>(std::max<std::size_t>(out.description.bytes, 1)));
        if (out.size < 0 || !bytes || *bytes > state.caps.attribute_bytes - state.attribute_bytes)
            object.refuse("attributes-too-large", fmt::format("the attribute {} is too large", name));
        state.attribute_bytes += *bytes;
        return out;
    }

    [[noreturn]] static void refuse_kind(const Hdf5Object& object, const std::string& name, const Attribute& attribute, const char* expected) {
        object.refuse("attribute-type", fmt::format("the attribute {} has the wrong type", name), attribute.description.name, expected);
    }
};

bool Hdf5Object::has_attribute(const std::string& name) const {
    note_key(key_ + "@" + name);
    return H5Aexists(id_.get(), name.c_str()) > 0;
}

std::optional<std::vector<std::string>> Hdf5Object::text_list_attribute(const std::string& name) const {
    if (!has_attribute(name)) return std::nullopt;
    const Attribute attribute = Hdf5Attributes::open(*this, *state_, name);
    std::vector<std::string> out;
    if (attribute.size == 0) return out;
    if (attribute.description.kind != Kind::text || !attribute.description.inner_shape.empty())
        Hdf5Attributes::refuse_kind(*this, name, attribute, "text");
    const Hdf5Id memory = text_memory_type(attribute.type.get());
    if (H5Tis_variable_str(attribute.type.get()) > 0) {
        std::vector<char*> texts(static_cast<std::size_t>(attribute.size), nullptr);
        if (H5Aread(attribute.id.get(), memory.get(), texts.data()) < 0) hdf5_refuse(*state_, key_ + "@" + name, "read the attribute");
        for (const char* text : texts) {
            out.emplace_back(text ? text : "");
            state_->attribute_bytes += static_cast<std::int64_t>(out.back().size());
        }
        H5Dvlen_reclaim(memory.get(), attribute.space.get(), H5P_DEFAULT, texts.data());
        if (state_->attribute_bytes > state_->caps.attribute_bytes) refuse("attributes-too-large", "the attributes are too large");
    } else {
        const std::size_t width = H5Tget_size(attribute.type.get());
        std::vector<char> bytes(width * static_cast<std::size_t>(attribute.size));
        if (H5Aread(attribute.id.get(), memory.get(), bytes.data()) < 0) hdf5_refuse(*state_, key_ + "@" + name, "read the attribute");
        for (std::int64_t i = 0; i < attribute.size; ++i)
            out.push_back(fixed_text(bytes.data() + i * width, width, H5Tget_strpad(attribute.type.get())));
    }
    for (std::string& text : out) repair_utf8(text);
    return out;
}

std::optional<std::string> Hdf5Object::text_attribute(const std::string& name) const {
    auto texts = text_list_attribute(name);
    if (!texts) return std::nullopt;
    if (texts->size() != 1)
        refuse("attribute-shape", fmt::format("the attribute {} must be one text", name), fmt::format("{} values", texts->size()), "1");
    return std::move(texts->front());
}

std::optional<std::vector<std::int64_t>> Hdf5Object::integer_attribute(const std::string& name) const {
    if (!has_attribute(name)) return std::nullopt;
    const Attribute attribute = Hdf5Attributes::open(*this, *state_, name);
    std::vector<std::int64_t> out(static_cast<std::size_t>(attribute.size));
    if (attribute.size == 0) return out;
    const auto read = [&](hid_t memory, void* values) {
        if (H5Aread(attribute.id.get(), memory, values) < 0) hdf5_refuse(*state_, key_ + "@" + name, "read the attribute");
    };
    const Kind kind = attribute.description.kind;
    if (!attribute.description.inner_shape.empty()) Hdf5Attributes::refuse_kind(*this, name, attribute, "integers");
    if (kind == Kind::integer) {
        read(H5T_NATIVE_INT64, out.data());
    } else if (kind == Kind::unsigned_integer) {
        std::vector<std::uint64_t> values(out.size());
        read(H5T_NATIVE_UINT64, values.data());
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (values[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                refuse("value-out-of-range", fmt::format("the attribute {} is too large", name), fmt::format("{}", values[i]));
            out[i] = static_cast<std::int64_t>(values[i]);
        }
    } else if (kind == Kind::boolean) {
        std::vector<signed char> values(out.size());
        read(attribute.type.get(), values.data());
        std::ranges::transform(values, out.begin(), [](signed char v) { return v != 0; });
    } else if (kind == Kind::real) {
        std::vector<double> values(out.size());
        read(H5T_NATIVE_DOUBLE, values.data());
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (!(std::abs(values[i]) <= 0x1p53) || values[i] != std::floor(values[i]))
                refuse("attribute-type", fmt::format("the attribute {} must be whole", name), fmt::format("{}", values[i]));
            out[i] = static_cast<std::int64_t>(values[i]);
        }
    } else {
        Hdf5Attributes::refuse_kind(*this, name, attribute, "integers");
    }
    return out;
}

std::optional<std::string> Hdf5Object::reference_attribute(const std::string& name) const {
    if (!has_attribute(name)) return std::nullopt;
    const Attribute attribute = Hdf5Attributes::open(*this, *state_, name);
    if (attribute.size != 1 || H5Tequal(attribute.type.get(), H5T_STD_REF_OBJ) <= 0)
        Hdf5Attributes::refuse_kind(*this, name, attribute, "an object reference");
    hobj_ref_t reference;
    if (H5Aread(attribute.id.get(), H5T_STD_REF_OBJ, &reference) < 0) hdf5_refuse(*state_, key_ + "@" + name, "read the attribute");
    const ssize_t length = H5Rget_name(id_.get(), H5R_OBJECT, &reference, nullptr, 0);
    if (length <= 0 || length > (1 << 16)) hdf5_refuse(*state_, key_ + "@" + name, "follow the reference");
    std::string path(static_cast<std::size_t>(length) + 1, '\0');
    if (H5Rget_name(id_.get(), H5R_OBJECT, &reference, path.data(), path.size()) < 0)
        hdf5_refuse(*state_, key_ + "@" + name, "follow the reference");
    path.resize(static_cast<std::size_t>(length));
    return path;
}

}  // namespace lexicell
