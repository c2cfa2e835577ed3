#include "lexicell/io/dataset_codec.h"

#include <algorithm>
#include <utility>

#include "lexicell/base/checked.h"

namespace lexicell {

namespace {

constexpr int depth_limit = 64;  // nested dictionaries

// pass(archive, value) writes `value` or reads into it; one description serves both ways.
template <class Archive, class Value>
    requires std::is_arithmetic_v<Value>
void pass(Archive& archive, Value& value) {
    archive.bytes(&value, sizeof value);
}

template <class Archive>
void pass(Archive& archive, bool& flag) {
    auto byte = static_cast<std::uint8_t>(flag);  // any other byte in a bool would be undefined behaviour
    archive.bytes(&byte, 1);
    flag = byte != 0;
}

template <class Archive>
void pass(Archive& archive, Categorical::Kind& kind) {
    auto byte = static_cast<std::uint8_t>(kind);
    archive.bytes(&byte, 1);
    if (byte > static_cast<std::uint8_t>(Categorical::Kind::boolean)) ByteReader::damaged();
    kind = static_cast<Categorical::Kind>(byte);
}

template <class Archive>
void pass(Archive& archive, std::string& text) {
    std::uint64_t size = text.size();
    pass(archive, size);
    if constexpr (Archive::reading) {
        archive.need(size);
        text.resize(size);
    }
    archive.bytes(text.data(), size);
}

// Declared first so that containers of these find them.
template <class Archive> void pass(Archive&, Value&);
template <class Archive> void pass(Archive&, Categorical&);
template <class Archive> void pass(Archive&, Column&);
template <class Archive> void pass(Archive&, Frame&);
template <class Archive> void pass(Archive&, CsrMatrix&);
template <class Archive> void pass(Archive&, DenseMatrix&);
template <class Archive> void pass(Archive&, NumberArray&);
template <class Archive> void pass(Archive&, StringArray&);
template <class Archive> void pass(Archive&, RecordArray&);
template <class Archive> void pass(Archive&, Raw&);
template <class Archive> void pass(Archive&, Origin&);
template <class Archive, class First, class Second> void pass(Archive&, std::pair<First, Second>&);
template <class Archive, class... Options> void pass(Archive&, std::variant<Options...>&);
template <class Archive, class Item> void pass(Archive&, std::map<std::string, Item>&);

template <class Archive>
void pass(Archive& archive, std::vector<bool>& flags) {
    std::uint64_t size = flags.size();
    pass(archive, size);
    if constexpr (Archive::reading) {
        archive.need(size);
        flags.resize(size);
    }
    for (std::uint64_t i = 0; i < size; ++i) {
        std::uint8_t flag = flags[i];
        pass(archive, flag);
        flags[i] = flag != 0;
    }
}

template <class Archive, class Item>
void pass(Archive& archive, std::vector<Item>& items) {
    std::uint64_t size = items.size();
    pass(archive, size);
    if constexpr (std::is_arithmetic_v<Item>) {
        if constexpr (Archive::reading) {
            const auto total = checked_multiply<std::uint64_t>(size, sizeof(Item));
            if (!total) ByteReader::damaged();
            archive.need(*total);
            items.resize(size);
        }
        archive.bytes(items.data(), size * sizeof(Item));
        if constexpr (!Archive::reading) std::vector<Item>().swap(items);
    } else if constexpr (Archive::reading) {
        for (std::uint64_t i = 0; i < size; ++i) {
            archive.need(1);  // every item takes at least a byte, so a hostile size ends here
            pass(archive, items.emplace_back());
        }
    } else {
        for (Item& item : items) pass(archive, item);
    }
}

template <class Archive, class First, class Second>
void pass(Archive& archive, std::pair<First, Second>& both) {
    pass(archive, both.first);
    pass(archive, both.second);
}

template <class Archive, class Item>
void pass(Archive& archive, std::map<std::string, Item>& items) {
    std::uint64_t size = items.size();
    pass(archive, size);
    if constexpr (Archive::reading) {
        for (std::uint64_t i = 0; i < size; ++i) {
            std::string key;
            pass(archive, key);
            pass(archive, items[key]);
        }
    } else {
        for (auto& [key, item] : items) {
            pass(archive, const_cast<std::string&>(key));
            pass(archive, item);
        }
    }
}

template <class Archive, class Item>
void pass(Archive& archive, std::optional<Item>& item) {
    bool present = item.has_value();
    std::uint8_t flag = present;
    pass(archive, flag);
    if constexpr (Archive::reading)
        if (flag) item.emplace();
    if (flag) pass(archive, *item);
}

template <class Archive, class... Options>
void pass(Archive& archive, std::variant<Options...>& value) {
    auto index = static_cast<std::uint8_t>(value.index());
    pass(archive, index);
    if constexpr (Archive::reading) {
        if (index >= sizeof...(Options)) ByteReader::damaged();
        std::size_t at = 0;
        ((at++ == index ? static_cast<void>(value.template emplace<Options>()) : void()), ...);
    }
    std::visit([&](auto& content) { pass(archive, content); }, value);
}

template <class Archive, class... Fields>
void pass_all(Archive& archive, Fields&... fields) {
    (pass(archive, fields), ...);
}

template <class Archive> void pass(Archive& a, Categorical& c) { pass_all(a, c.codes, c.categories, c.ordered, c.kind); }
template <class Archive> void pass(Archive& a, Column& c) { pass_all(a, c.values, c.missing); }
template <class Archive> void pass(Archive& a, Frame& f) { pass_all(a, f.index, f.index_name, f.columns); }
template <class Archive> void pass(Archive& a, CsrMatrix& m) { pass_all(a, m.rows, m.cols, m.indptr, m.indices, m.values); }
template <class Archive> void pass(Archive& a, DenseMatrix& m) { pass_all(a, m.rows, m.cols, m.values); }
template <class Archive> void pass(Archive& a, NumberArray& n) { pass_all(a, n.shape, n.values); }
template <class Archive> void pass(Archive& a, StringArray& s) { pass_all(a, s.shape, s.values); }
template <class Archive> void pass(Archive& a, RecordArray& r) { pass_all(a, r.fields); }
template <class Archive> void pass(Archive& a, Raw& r) { pass_all(a, r.x, r.var); }
template <class Archive> void pass(Archive& a, Value& value) {
    static thread_local int depth = 0;
    struct Level {
        Level() {
            if (++depth > depth_limit) {
                --depth;
                ByteReader::damaged();
            }
        }
        ~Level() { --depth; }
    } level;
    pass(a, value.content);
}
template <class Archive> void pass(Archive& a, Origin& o) {
    std::string file = o.file.string();
    pass_all(a, file, o.format, o.obs_rows, o.var_rows, o.opaque);
    o.file = file;
}
template <class Archive> void pass(Archive& a, Dataset& d) {
    pass_all(a, d.obs, d.var, d.x, d.layers, d.obsm, d.varm, d.obsp, d.varp, d.uns, d.raw, d.origin);
}

void require(bool condition) {
    if (!condition) ByteReader::damaged();
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t out = 1;
    for (const std::int64_t extent : shape) {
        const auto next = extent < 0 ? std::nullopt : checked_multiply(out, extent);
        require(next.has_value());
        out = *next;
    }
    return out;
}

void check(const CsrMatrix& m) {
    require(m.rows >= 0 && m.cols >= 0 && static_cast<std::int64_t>(m.indptr.size()) == m.rows + 1);
    require(m.indices.size() == m.values.size() && m.indptr.front() == 0 && m.indptr.back() == m.nonzeros());
    require(std::ranges::is_sorted(m.indptr));
    for (std::int64_t r = 0; r < m.rows; ++r) {
        std::int64_t previous = -1;
        for (const std::int32_t column : m.row_indices(r)) {
            require(column > previous && column < m.cols);
            previous = column;
        }
    }
}

void check(const DenseMatrix& m) { require(product({m.rows, m.cols}) == static_cast<std::int64_t>(m.values.size())); }

void check(const Frame& frame) {
    for (const auto& [name, column] : frame.columns) {
        require(column.size() == frame.rows());
        require(column.missing.empty() || static_cast<std::int64_t>(column.missing.size()) == frame.rows());
        if (const auto* categorical = std::get_if<Categorical>(&column.values))
            for (const std::int32_t code : categorical->codes)
                require(code >= -1 && code < static_cast<std::int64_t>(categorical->categories.size()));
    }
}

template <class... Options>
void check(const std::variant<Options...>& any) {
    std::visit([](const auto& one) { check(one); }, any);
}

void check(const Dict& dict);

void check(const Value& value) {
    const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
    if (const auto* dict = std::get_if<Dict>(&value.content)) check(*dict);
    if (const auto* texts = std::get_if<StringArray>(&value.content)) require(product(texts->shape) == size(texts->values));
    if (const auto* numbers = std::get_if<NumberArray>(&value.content))
        std::visit([&](const auto& values) { require(product(numbers->shape) == size(values)); }, numbers->values);
    if (const auto* records = std::get_if<RecordArray>(&value.content)) {
        std::optional<std::int64_t> rows;
        for (const auto& [name, field] : records->fields)
            std::visit([&](const auto& values) { require(rows.value_or(size(values)) == size(values)), rows = size(values); }, field);
    }
}

void check(const Dict& dict) {
    for (const auto& [key, value] : dict) check(value);
}

std::int64_t rows_in(const AxisArray& array) {
    if (const auto* frame = std::get_if<Frame>(&array)) return frame->rows();
    if (const auto* sparse = std::get_if<CsrMatrix>(&array)) return sparse->rows;
    return std::get<DenseMatrix>(array).rows;
}

}  // namespace

void encode_dataset(Dataset dataset, ByteWriter& out) { pass(out, dataset); }

Dataset decode_dataset(std::span<const std::byte> bytes) {
    ByteReader in(bytes);
    Dataset out;
    pass(in, out);
    require(in.left() == 0);
    check_dataset(out);
    return out;
}

void check_dataset(const Dataset& d) {
    const std::int64_t cells = d.cells(), genes = d.genes();
    check(d.obs);
    check(d.var);
    const auto aligned = [](const Matrix& matrix, std::int64_t rows, std::int64_t cols) {
        require(rows_of(matrix) == rows && cols_of(matrix) == cols);
        check(matrix);
    };
    const auto aligned_rows = [](const AxisArray& array, std::int64_t rows) {
        require(rows_in(array) == rows);
        check(array);
    };
    if (d.x) aligned(*d.x, cells, genes);
    for (const auto& [key, matrix] : d.layers) aligned(matrix, cells, genes);
    for (const auto& [key, matrix] : d.obsp) aligned(matrix, cells, cells);
    for (const auto& [key, matrix] : d.varp) aligned(matrix, genes, genes);
    for (const auto& [key, array] : d.obsm) aligned_rows(array, cells);
    for (const auto& [key, array] : d.varm) aligned_rows(array, genes);
    check(d.uns);
    if (d.raw) {
        check(d.raw->var);
        aligned(d.raw->x, cells, d.raw->var.rows());
    }
}

}  // namespace lexicell
