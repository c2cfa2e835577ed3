#include "lexicell/text/gene_table_formats.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/io/delimited.h"
#include "lexicell/io/fact_table.h"
#include "lexicell/io/npy.h"
#include "lexicell/io/read_h5ad.h"
#include "lexicell/io/read_hdf5.h"
#include "lexicell/io/safetensors.h"
#include "lexicell/text/quantized_rows.h"

namespace lexicell {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

[[noreturn]] void refuse(const fs::path& path, std::string type, std::string message, std::string hint = {}) {
    throw Error(ErrorKind::unreadable,
                {.type = std::move(type), .message = std::move(message), .file = path.string(), .hint = std::move(hint)});
}

std::vector<std::string> ids_of_json(const json& list, const fs::path& path) {
    if (!list.is_array() || std::any_of(list.begin(), list.end(), [](const json& v) { return !v.is_string(); }))
        refuse(path, "ids-damaged", "the ids are not a JSON list of texts");
    return list.get<std::vector<std::string>>();
}

std::vector<std::string> ids_beside(const fs::path& path, const IdsFile& ids) {
    std::vector<fs::path> places;
    if (ids) places.push_back(*ids);
    else
        for (const char* extension : {".ids.txt", ".txt", ".json"}) places.push_back(fs::path(path).replace_extension(extension));
    for (const fs::path& place : places)
        if (fs::exists(place))
            return place.extension() == ".json" ? ids_of_json(json::parse(read_text(place), nullptr, false), place) : read_lines(place);
    refuse(path, "ids-missing", "the file has vectors but no ids",
           fmt::format("put them into {}, one a line, or name a file with --ids", places.front().filename().string()));
}

// Appends one vector; all must be of one length.
void add_row(RawGeneTable& table, const fs::path& path, std::string id, std::span<const float> values) {
    if (table.vectors.rows == 0) table.vectors.cols = static_cast<std::int64_t>(values.size());
    if (static_cast<std::int64_t>(values.size()) != table.vectors.cols)
        refuse(path, "vector-length", fmt::format("the vector of '{}' has {} numbers, those before it {}", id, values.size(), table.vectors.cols));
    table.vectors.values.insert(table.vectors.values.end(), values.begin(), values.end());
    ++table.vectors.rows;
    table.ids.push_back(std::move(id));
}

DenseMatrix matrix_of(const HostTensor& tensor, const fs::path& path) {
    if (tensor.shape.size() != 2) refuse(path, "not-a-matrix", fmt::format("the array has {} dimensions, expected genes x width", tensor.shape.size()));
    DenseMatrix matrix;
    matrix.rows = tensor.shape[0];
    matrix.cols = tensor.shape[1];
    matrix.values = tensor.to_float();
    return matrix;
}

// A JSON list of numbers; nothing when it is anything else.
std::optional<std::vector<float>> numbers_of(const json& list) {
    if (!list.is_array() || std::any_of(list.begin(), list.end(), [](const json& v) { return !v.is_number(); })) return std::nullopt;
    return list.get<std::vector<float>>();
}

std::optional<float> number_of(std::string_view text) {
    float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The numbers after the id; nothing when the record is no vector, as in a header.
std::optional<std::vector<float>> numbers_of(const std::vector<std::string_view>& fields) {
    if (fields.size() == 2 && fields[1].starts_with('[')) return numbers_of(json::parse(fields[1], nullptr, false));
    std::vector<float> values;
    for (std::size_t i = 1; i < fields.size(); ++i) {
        const auto value = number_of(fields[i]);
        if (!value) return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

Dataset parse_table_hdf5(const Hdf5File& file) {
    const Hdf5Group root = file.root();
    if (root.has("obs")) return parse_h5ad(file);
    Dataset out;
    out.obs.index = root.dataset("ids").read_texts();
    const Hdf5Dataset embeddings = root.dataset("embeddings");
    if (embeddings.rank() != 2) embeddings.refuse("not-a-matrix", "the array is not genes x width");
    if (embeddings.shape()[0] != out.obs.rows()) embeddings.refuse("ids-differ", "there is not one id a vector");
    DenseMatrix x;
    x.rows = embeddings.shape()[0];
    x.cols = embeddings.shape()[1];
    x.values = embeddings.read<float>();
    for (std::int64_t k = 0; k < x.cols; ++k) out.var.index.push_back(fmt::format("{}", k));
    out.x = std::move(x);
    return out;
}

}  // namespace

RawGeneTable read_table_safetensors(const fs::path& path, const IdsFile& ids) {
    const SafetensorsFile file = read_safetensors(path, {.as_data = true});
    RawGeneTable table;
    if (const auto source = file.metadata.find("source"); source != file.metadata.end()) table.source = source->second;
    if (file.tensors.contains("embeddings")) {
        table.vectors = get_rows(file.tensors, "embeddings", path.string());
        const auto listed = file.metadata.find("ids");
        table.ids = listed == file.metadata.end() ? ids_beside(path, ids) : ids_of_json(json::parse(listed->second, nullptr, false), path);
        return table;
    }
    for (const auto& [id, tensor] : file.tensors) {
        if (tensor.shape.size() != 1)
            refuse(path, "embeddings-missing", fmt::format("neither a tensor 'embeddings' nor one vector an id: '{}' is no vector", id));
        add_row(table, path, id, tensor.to_float());
    }
    return table;
}

RawGeneTable read_table_npy(const fs::path& path, const IdsFile& ids) {
    const NpyArray array = read_npy(path);
    const auto* numbers = std::get_if<HostTensor>(&array);
    if (!numbers) refuse(path, "not-a-matrix", "the array holds text, not numbers");
    return {.ids = ids_beside(path, ids), .vectors = matrix_of(*numbers, path)};
}

RawGeneTable read_table_npz(const fs::path& path) {
    const std::map<std::string, NpyArray> members = read_npz(path);
    const StringArray* ids = nullptr;
    const HostTensor* vectors = nullptr;
    std::string found;
    for (const auto& [name, array] : members) {
        found += (found.empty() ? "" : ", ") + name;
        if (const auto* text = std::get_if<StringArray>(&array); text && (!ids || name == "ids")) ids = text;
        if (const auto* numbers = std::get_if<HostTensor>(&array); numbers && (name == "embeddings" || (!vectors && numbers->shape.size() == 2)))
            vectors = numbers;
    }
    if (!ids || !vectors)
        throw Error(ErrorKind::unreadable,
                    {.type = "npz-members", .message = "the archive lacks ids or vectors", .file = path.string(), .found = found,
                     .expected = "'ids' (text) and 'embeddings' (genes x width)", .hint = "write it with numpy.savez(file, ids=..., embeddings=...)"});
    return {.ids = ids->values, .vectors = matrix_of(*vectors, path)};
}

RawGeneTable read_table_delimited(const fs::path& path) {
    DelimitedReader reader(path);
    RawGeneTable table;
    std::vector<std::string_view> fields;
    for (bool first = true; reader.next(fields); first = false) {
        const auto values = numbers_of(fields);
        if (!values && first) continue;  // a header
        if (!values) reader.refuse("not-a-number", "a field that is no number", fields.size() > 1 ? std::string(fields[1].substr(0, 40)) : "");
        add_row(table, path, std::string(fields[0]), *values);
    }
    return table;
}

RawGeneTable read_table_json(const fs::path& path) {
    const json content = json::parse(read_text(path), nullptr, false);
    if (!content.is_object()) refuse(path, "json-damaged", "not a JSON object of id and vector");
    RawGeneTable table;
    for (const auto& [id, entry] : content.items()) {
        const auto values = numbers_of(entry.is_object() && entry.contains("embeddings") ? entry.at("embeddings") : entry);
        if (!values) refuse(path, "json-damaged", fmt::format("'{}' is no list of numbers", id));
        add_row(table, path, id, *values);
    }
    return table;
}

RawGeneTable read_table_hdf5(const fs::path& path) {
    const Dataset dataset = read_hdf5(path, {}, silence(), parse_table_hdf5);
    RawGeneTable table{.ids = dataset.obs.index};
    if (dataset.x) {
        table.vectors = to_dense(*dataset.x);
        return table;
    }
    const DenseMatrix* only = nullptr;
    std::size_t dense = 0;
    for (const auto& [name, array] : dataset.obsm)
        if (const auto* matrix = std::get_if<DenseMatrix>(&array)) {
            only = matrix;
            ++dense;
        }
    if (dense != 1) refuse(path, "embeddings-missing", fmt::format("no X, and {} matrices in obsm where one was expected", dense));
    table.vectors = *only;
    return table;
}

}  // namespace lexicell
