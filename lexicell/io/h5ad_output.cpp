#include "lexicell/io/h5ad_output.h"

#include <charconv>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

namespace lexicell {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

bool any(const std::vector<bool>& flags) {
    for (const bool flag : flags)
        if (flag) return true;
    return false;
}

template <class Number>
std::optional<std::vector<Number>> parse_all(const std::vector<std::string>& texts) {
    std::vector<Number> out;
    for (const std::string& text : texts) {
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        out.push_back(value);
    }
    return out;
}

}  // namespace

void H5adOutput::encode(const std::string& path, const char* type, const char* version) {
    writer_.attribute(path, "encoding-type", std::string(type));
    writer_.attribute(path, "encoding-version", std::string(version));
}

void H5adOutput::dict(const std::string& path) {
    writer_.group(path);
    encode(path, "dict", "0.1.0");
}

std::string H5adOutput::safe_key(const std::string& folder, const std::string& name, const std::set<std::string>& taken) {
    std::string out = name.empty() || name == "." ? "_" : name;
    for (char& c : out)
        if (c == '/') c = '_';
    while (taken.contains(out)) out += "_";
    if (out != name) sink_.warn({"key-renamed", 1, fmt::format("{}: the key \"{}\" is written as \"{}\"", folder, name, out)});
    return out;
}

void H5adOutput::matrix(const std::string& path, const Matrix& matrix) {
    if (const auto* dense = std::get_if<DenseMatrix>(&matrix)) {
        writer_.numbers<float>(path, {dense->rows, dense->cols}, dense->values);
        return encode(path, "array", "0.2.0");
    }
    const auto& sparse = std::get<CsrMatrix>(matrix);
    writer_.group(path);
    encode(path, "csr_matrix", "0.1.0");
    writer_.attribute(path, "shape", std::vector<std::int64_t>{sparse.rows, sparse.cols});
    writer_.numbers<float>(path + "/data", {sparse.nonzeros()}, sparse.values);
    writer_.numbers<std::int32_t>(path + "/indices", {sparse.nonzeros()}, sparse.indices);
    const auto rows = static_cast<std::int64_t>(sparse.indptr.size());
    if (sparse.nonzeros() <= std::numeric_limits<std::int32_t>::max()) {
        const std::vector<std::int32_t> pointers(sparse.indptr.begin(), sparse.indptr.end());
        writer_.numbers<std::int32_t>(path + "/indptr", {rows}, pointers);
    } else {
        writer_.numbers<std::int64_t>(path + "/indptr", {rows}, sparse.indptr);
    }
}

void H5adOutput::axis_array(const std::string& path, const AxisArray& array) {
    std::visit(Overloaded{[&](const Frame& f) { frame(path, f); }, [&](const auto& m) { matrix(path, Matrix(m)); }}, array);
}

void H5adOutput::texts(const std::string& path, const std::vector<std::int64_t>& shape, const std::vector<std::string>& values) {
    std::uint64_t cut = 0;
    for (const std::string& value : values) cut += value.find('\0') != std::string::npos;
    if (cut) sink_.warn({"text-cut", cut, fmt::format("{}: texts end at their first zero byte", path)});
    writer_.texts(path, shape, values);
    encode(path, shape.empty() ? "string" : "string-array", "0.2.0");
}

void H5adOutput::index(const std::string& path, const std::vector<std::string>& names) {
    texts(path, {static_cast<std::int64_t>(names.size())}, names);
}

void H5adOutput::categorical(const std::string& path, const Categorical& c) {
    writer_.group(path);
    encode(path, "categorical", "0.2.0");
    writer_.attribute(path, "ordered", c.ordered);
    const auto count = static_cast<std::int64_t>(c.categories.size()), rows = static_cast<std::int64_t>(c.codes.size());
    // The narrowest signed code, as pandas has it.
    if (count <= std::numeric_limits<std::int8_t>::max()) {
        writer_.numbers<std::int8_t>(path + "/codes", {rows}, std::vector<std::int8_t>(c.codes.begin(), c.codes.end()));
    } else if (count <= std::numeric_limits<std::int16_t>::max()) {
        writer_.numbers<std::int16_t>(path + "/codes", {rows}, std::vector<std::int16_t>(c.codes.begin(), c.codes.end()));
    } else {
        writer_.numbers<std::int32_t>(path + "/codes", {rows}, c.codes);
    }
    encode(path + "/codes", "array", "0.2.0");

    const std::string categories = path + "/categories";
    const auto as_array = [&] { encode(categories, "array", "0.2.0"); };
    if (c.kind == Categorical::Kind::integer) {
        if (const auto numbers = parse_all<std::int64_t>(c.categories)) return writer_.numbers<std::int64_t>(categories, {count}, *numbers), as_array();
    } else if (c.kind == Categorical::Kind::real) {
        if (const auto numbers = parse_all<double>(c.categories)) return writer_.numbers<double>(categories, {count}, *numbers), as_array();
    } else if (c.kind == Categorical::Kind::boolean) {
        std::vector<bool> flags;
        for (const std::string& category : c.categories) flags.push_back(category == "True");
        return writer_.flags(categories, {count}, flags), as_array();
    }
    texts(categories, {count}, c.categories);
}

void H5adOutput::column(const std::string& path, const Column& column) {
    const std::vector<std::int64_t> shape = {column.size()};
    const bool some_missing = any(column.missing);
    // Numbers and flags with missing values are a pair of datasets.
    const auto nullable = [&](const char* encoding, const auto& write_values) {
        if (!some_missing) {
            write_values(path);
            return encode(path, "array", "0.2.0");
        }
        writer_.group(path);
        encode(path, encoding, "0.1.0");
        write_values(path + "/values");
        encode(path + "/values", "array", "0.2.0");
        writer_.flags(path + "/mask", shape, column.missing);
        encode(path + "/mask", "array", "0.2.0");
    };
    std::visit(Overloaded{[&](const std::vector<double>& reals) {
                              std::vector<double> values = reals;
                              for (std::size_t i = 0; some_missing && i < values.size(); ++i)
                                  if (column.missing[i]) values[i] = std::numeric_limits<double>::quiet_NaN();
                              writer_.numbers<double>(path, shape, values);
                              encode(path, "array", "0.2.0");
                          },
                          [&](const std::vector<std::int64_t>& integers) {
                              std::vector<std::int64_t> values = integers;
                              for (std::size_t i = 0; some_missing && i < values.size(); ++i)
                                  if (column.missing[i]) values[i] = 0;
                              nullable("nullable-integer", [&](const std::string& at) { writer_.numbers<std::int64_t>(at, shape, values); });
                          },
                          [&](const std::vector<bool>& flags) {
                              std::vector<bool> values = flags;
                              for (std::size_t i = 0; some_missing && i < values.size(); ++i)
                                  if (column.missing[i]) values[i] = false;
                              nullable("nullable-boolean", [&](const std::string& at) { writer_.flags(at, shape, values); });
                          },
                          [&](const std::vector<std::string>& strings) {
                              std::unordered_set<std::string_view> unique(strings.begin(), strings.end());
                              if (some_missing || unique.size() < strings.size()) categorical(path, categorize(strings, column.missing));
                              else texts(path, shape, strings);
                          },
                          [&](const Categorical& c) { categorical(path, c); }},
               column.values);
}

void H5adOutput::frame_head(const std::string& path, const std::string& index_name, const std::vector<std::string>& columns) {
    writer_.group(path);
    encode(path, "dataframe", "0.2.0");
    writer_.attribute(path, "_index", index_name);
    writer_.attribute(path, "column-order", columns);
}

void H5adOutput::frame(const std::string& path, const Frame& frame) {
    std::set<std::string> taken = {"_index", "__categories"};
    std::vector<std::string> names;
    for (const auto& [name, column] : frame.columns) {
        names.push_back(safe_key(path, name, taken));
        taken.insert(names.back());
    }
    // A column of the index's own name and values is stored once; any other clash renames the index.
    std::string index_name = frame.index_name.empty() || frame.index_name.find('/') != std::string::npos ? "_index" : frame.index_name;
    bool shared = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != index_name) continue;
        const auto* same = std::get_if<std::vector<std::string>>(&frame.columns[i].second.values);
        shared = same && *same == frame.index && !any(frame.columns[i].second.missing);
        if (!shared) index_name = "_index";
    }
    frame_head(path, index_name, names);
    index(path + "/" + index_name, frame.index);
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!(shared && names[i] == index_name)) column(path + "/" + names[i], frame.columns[i].second);
}

void H5adOutput::value(const std::string& path, const Value& value) {
    const auto scalar = [&] { encode(path, "numeric-scalar", "0.2.0"); };
    std::visit(Overloaded{[&](const Dict& members) {
                              dict(path);
                              std::set<std::string> taken;
                              for (const auto& [key, member] : members) {
                                  const std::string name = safe_key(path, key, taken);
                                  taken.insert(name);
                                  this->value(path + "/" + name, member);
                              }
                          },
                          [&](bool flag) { writer_.flags(path, {}, {flag}), scalar(); },
                          [&](std::int64_t number) { writer_.numbers<std::int64_t>(path, {}, std::span(&number, 1)), scalar(); },
                          [&](double number) { writer_.numbers<double>(path, {}, std::span(&number, 1)), scalar(); },
                          [&](const std::string& text) { texts(path, {}, {text}); },
                          [&](const NumberArray& array) {
                              std::visit(Overloaded{[&](const std::vector<bool>& flags) { writer_.flags(path, array.shape, flags); },
                                                    [&]<class Number>(const std::vector<Number>& numbers) { writer_.numbers<Number>(path, array.shape, numbers); }},
                                         array.values);
                              encode(path, "array", "0.2.0");
                          },
                          [&](const StringArray& array) { texts(path, array.shape, array.values); },
                          [&](const RecordArray& records) {
                              const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
                              const std::int64_t rows = records.fields.empty() ? 0 : std::visit(size, records.fields.front().second);
                              writer_.records(path, rows, records.fields);
                              encode(path, "rec-array", "0.2.0");
                          }},
               value.content);
}

}  // namespace lexicell
