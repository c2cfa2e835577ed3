#include "lexicell/io/safetensors.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/checked.h"
#include "lexicell/base/error.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::uint64_t max_header = 100'000'000;  // the format's own cap
constexpr std::size_t max_tensors = 100'000, max_name = 1024, max_rank = 16, max_depth = 8;
constexpr const char* metadata_name = "__metadata__";

struct Entry {
    std::optional<std::string> dtype;
    std::optional<std::vector<std::uint64_t>> shape, offsets;
};

struct Header {
    std::map<std::string, Entry> entries;
    std::map<std::string, std::string> metadata;
};

[[noreturn]] void refuse(std::string type, std::string message, std::string key = {}, std::string found = {},
                         std::string expected = {}) {
    throw ErrorDetail{.type = std::move(type), .message = std::move(message), .key = std::move(key), .found = std::move(found),
                      .expected = std::move(expected)};
}

// Takes the header's events as they come: a document tree would keep the last of two equal keys, and would grow without
// bound before the caps could be looked at. Throws ErrorDetail.
class HeaderEvents : public nlohmann::json_sax<json> {
public:
    Header header;

    bool start_object(std::size_t) override {
        if (depth() == 2 && name_ == metadata_name) refuse("safetensors-metadata", "the metadata holds something else than text", field_);
        if (depth() == 2 && !in_unknown()) refuse("safetensors-entry", "an object stands where it may not", name_);
        if (depth() == 3 && !in_unknown()) refuse("safetensors-entry", "an array of the header holds an object", name_);
        open(true);
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override {
        if (depth() == 0) refuse("safetensors-header", "the header is an array");
        if (depth() == 1) not_an_object();
        if (depth() == 2 && name_ == metadata_name) refuse("safetensors-metadata", "the metadata holds something else than text", name_);
        if (depth() == 2 && field_ == "dtype") refuse("safetensors-entry", "'dtype' is not a string", name_);
        if (depth() == 3 && !in_unknown()) refuse("safetensors-entry", "an array of the header holds an array", name_);
        if (depth() == 2 && field_ == "shape") header.entries[name_].shape.emplace();
        if (depth() == 2 && field_ == "data_offsets") header.entries[name_].offsets.emplace();
        open(false);
        return true;
    }
    bool end_array() override { return close(); }
    bool key(std::string& key) override {
        if (key.size() > max_name) refuse("safetensors-name", "a name is too long", {}, fmt::format("{} bytes", key.size()), fmt::format("at most {}", max_name));
        if (!keys_.back().insert(key).second) refuse("safetensors-duplicate-key", "the header holds a key twice", key);
        if (depth() == 1) {
            name_ = key;
            if (name_ != metadata_name) header.entries[name_];
            if (header.entries.size() > max_tensors)
                refuse("safetensors-too-many", "the header holds too many tensors", {}, {}, fmt::format("at most {}", max_tensors));
        } else if (depth() == 2) {
            field_ = key;
        }
        return true;
    }
    bool string(std::string& value) override {
        if (depth() == 2 && name_ == metadata_name) header.metadata[field_] = value;
        else if (depth() == 2 && field_ == "dtype") header.entries[name_].dtype = value;
        else scalar(value);
        return true;
    }
    bool number_unsigned(std::uint64_t value) override {
        if (depth() != 3 || in_unknown() || name_ == metadata_name) return scalar(std::to_string(value));
        auto& numbers = *(field_ == "shape" ? header.entries[name_].shape : header.entries[name_].offsets);
        if (numbers.size() == max_rank)
            refuse("safetensors-rank", "a shape has too many sizes", name_, {}, fmt::format("at most {}", max_rank));
        numbers.push_back(value);
        return true;
    }
    bool number_integer(std::int64_t value) override { return scalar(std::to_string(value)); }
    bool number_float(double, const std::string& text) override { return scalar(text); }
    bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
    bool null() override { return scalar("null"); }
    bool binary(json::binary_t&) override { return scalar("bytes"); }
    bool parse_error(std::size_t, const std::string&, const json::exception& failure) override {
        refuse("safetensors-header", fmt::format("the header is not valid JSON: {}", failure.what()));
    }

private:
    std::size_t depth() const { return is_object_.size(); }
    // Fields that the format does not name are passed over, whatever they hold.
    bool in_unknown() const {
        return name_ != metadata_name && depth() >= 2 && field_ != "dtype" && field_ != "shape" && field_ != "data_offsets";
    }
    [[noreturn]] void not_an_object() const {
        refuse(name_ == metadata_name ? "safetensors-metadata" : "safetensors-entry", "the entry is not an object", name_);
    }
    bool scalar(const std::string& value) const {
        if (depth() == 0) refuse("safetensors-header", "the header is not an object");
        if (depth() == 1) not_an_object();
        if (name_ == metadata_name) refuse("safetensors-metadata", "the metadata holds something else than text", field_, value);
        if (!in_unknown()) refuse("safetensors-entry", fmt::format("'{}' holds the wrong kind of value", field_), name_, value);
        return true;
    }
    void open(bool object) {
        if (depth() == max_depth)
            refuse("safetensors-depth", "the header nests too deep", name_, {}, fmt::format("at most {} levels", max_depth));
        is_object_.push_back(object);
        if (object) keys_.emplace_back();
    }
    bool close() {
        if (is_object_.back()) keys_.pop_back();
        is_object_.pop_back();
        return true;
    }

    std::string name_, field_;
    std::vector<bool> is_object_;
    std::vector<std::set<std::string>> keys_;  // of the open objects
};

// Where a tensor lies in the data; fills its dtype and shape. Throws ErrorDetail.
struct Place {
    std::uint64_t begin, end;
    std::string name;
    auto operator<=>(const Place&) const = default;
};

Place place_of(const std::string& name, const Entry& entry, HostTensor& tensor) {
    if (!entry.dtype || !entry.shape || !entry.offsets) refuse("safetensors-entry", "dtype, shape or data_offsets is missing", name);
    tensor.dtype = *entry.dtype;
    const std::uint64_t size = dtype_size(tensor.dtype);
    if (size == 0)
        refuse("safetensors-entry", "the dtype is not supported", name, tensor.dtype, "F64, F32, F16, BF16, I64 to I8, U64 to U8 or BOOL");
    tensor.shape.assign(entry.shape->begin(), entry.shape->end());  // above 2^63: negative, caught next
    const auto elements = checked_elements(tensor.shape);
    const auto bytes = elements ? checked_multiply<std::uint64_t>(*elements, size) : std::nullopt;
    if (!bytes) refuse("safetensors-entry", "the shape overflows", name);
    if (entry.offsets->size() != 2 || (*entry.offsets)[1] < (*entry.offsets)[0])
        refuse("safetensors-entry", "'data_offsets' is not [begin, end]", name);
    const std::uint64_t begin = (*entry.offsets)[0], end = (*entry.offsets)[1];
    if (end - begin != *bytes)
        refuse("safetensors-entry", "shape and data_offsets disagree", name, fmt::format("{} bytes", end - begin), fmt::format("{}", *bytes));
    return {begin, end, name};
}

SafetensorsFile read_checked(std::istream& stream, std::uint64_t size, const SafetensorsOptions& options) {
    std::uint64_t length = 0;
    if (size < 8 || !stream.read(reinterpret_cast<char*>(&length), 8))
        refuse("safetensors-truncated", "the file is too short", {}, fmt::format("{} bytes", size));
    if (length > max_header || length > size - 8)
        refuse("safetensors-header-length", "the header's length does not fit the file", {},
               fmt::format("{} bytes of header in a file of {}", length, size), fmt::format("at most {}", std::min(max_header, size - 8)));
    std::string text(length, '\0');
    if (!stream.read(text.data(), static_cast<std::streamsize>(length))) refuse("safetensors-truncated", "the header cannot be read");
    if (text.empty() || text[0] != '{' || text[text.find_last_not_of(' ')] != '}')
        refuse("safetensors-header", "the header is not one JSON object, padded by spaces");
    HeaderEvents events;
    json::sax_parse(text, &events);

    SafetensorsFile file{.tensors = {}, .metadata = std::move(events.header.metadata)};
    std::vector<Place> places;
    for (const auto& [name, entry] : events.header.entries) places.push_back(place_of(name, entry, file.tensors[name]));
    std::sort(places.begin(), places.end());
    std::uint64_t expected = 0;
    for (const Place& place : places) {
        if (place.begin != expected)
            refuse(place.begin > expected ? "safetensors-hole" : "safetensors-overlap",
                   "tensors do not follow each other without holes or overlap", place.name, fmt::format("data offset {}", place.begin),
                   fmt::format("{}", expected));
        expected = place.end;
    }
    if (expected != size - 8 - length)
        refuse("safetensors-truncated", "the tensors do not fill the file", {}, fmt::format("{} bytes of data", size - 8 - length),
               fmt::format("{}", expected));

    for (const Place& place : places) {
        HostTensor& tensor = file.tensors[place.name];
        tensor.bytes.resize(place.end - place.begin);
        if (!stream.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size())))
            refuse("safetensors-truncated", "the data ends early", place.name);
        if (options.allow_nonfinite) continue;
        if (const auto at = first_nonfinite(tensor))
            throw ErrorDetail{.type = "tensor-nonfinite", .message = "the tensor holds NaN or infinity", .key = place.name,
                              .offset = 8 + length + place.begin + *at * dtype_size(tensor.dtype),
                              .found = fmt::format("element {}", *at), .expected = "finite numbers",
                              .hint = "the values come from a diverged run or a damaged file"};
    }
    return file;
}

[[noreturn]] void fail(ErrorDetail& detail, std::string file, const SafetensorsOptions& options) {
    detail.file = std::move(file);
    if (detail.hint.empty()) detail.hint = "the file is damaged or not safetensors: get it again";
    throw Error(options.as_data ? ErrorKind::unreadable : ErrorKind::model, std::move(detail));
}

}  // namespace

SafetensorsFile read_safetensors(const fs::path& path, const SafetensorsOptions& options) {
    try {
        std::error_code failure;
        std::ifstream stream(path, std::ios::binary);
        if (!fs::is_regular_file(path, failure) || !stream)
            throw ErrorDetail{.type = "file-unreadable", .message = "cannot open the file", .hint = "check the path and its permissions"};
        return read_checked(stream, fs::file_size(path), options);
    } catch (ErrorDetail& detail) {
        fail(detail, path.string(), options);
    }
}

SafetensorsFile parse_safetensors(std::string_view bytes, const SafetensorsOptions& options) {
    try {
        std::istringstream stream{std::string(bytes)};
        return read_checked(stream, bytes.size(), options);
    } catch (ErrorDetail& detail) {
        fail(detail, {}, options);
    }
}

void write_safetensors(const SafetensorsFile& file, const fs::path& path) {
    // Widest elements first: with the header padded to 8 bytes every tensor is then aligned to its own element.
    std::vector<const std::pair<const std::string, HostTensor>*> order;
    for (const auto& entry : file.tensors) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
    });
    json root = json::object();
    if (!file.metadata.empty()) root["__metadata__"] = file.metadata;
    std::uint64_t offset = 0;
    for (const auto* entry : order) {
        const auto& [name, tensor] = *entry;
        LEXICELL_ASSERT(name != "__metadata__", "a tensor named like the metadata");
        LEXICELL_ASSERT(dtype_size(tensor.dtype) > 0, "a tensor of unknown dtype");
        LEXICELL_ASSERT(tensor.bytes.size() == static_cast<std::size_t>(tensor.elements()) * dtype_size(tensor.dtype),
                        "a tensor's bytes do not fit its shape");
        root[name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.bytes.size()}}};
        offset += tensor.bytes.size();
    }
    std::string header = root.dump();
    header.resize((header.size() + 7) / 8 * 8, ' ');

    write_file_atomically(path, [&](const fs::path& temporary) {
        errno = 0;
        std::ofstream stream(temporary, std::ios::binary);
        const std::uint64_t length = header.size();
        stream.write(reinterpret_cast<const char*>(&length), 8);
        stream.write(header.data(), static_cast<std::streamsize>(header.size()));
        for (const auto* entry : order)
            stream.write(reinterpret_cast<const char*>(entry->second.bytes.data()),
                         static_cast<std::streamsize>(entry->second.bytes.size()));
        stream.close();
        if (!stream)
            throw Error(ErrorKind::write, {.type = errno == ENOSPC ? "disk-full" : "write-failed",
                                           .message = fmt::format("cannot write: {}", std::strerror(errno)), .file = path.string(),
                                           .hint = "free some space or write elsewhere with -o"});
    });
}

}  // namespace lexicell
