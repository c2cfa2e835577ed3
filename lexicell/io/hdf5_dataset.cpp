#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/io/guard.h"
#include "lexicell/io/hdf5_chunks.h"
#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

namespace {

using Kind = Hdf5Type::Kind;

constexpr std::int64_t block_elements = 1 << 20;  // converted at a time

// Whole numbers that float cannot hold (beyond 2^24) and finite values that it turns into infinity. Other reals are
// rounded without a word.
struct FloatLosses {
    std::uint64_t rounded = 0, overflown = 0;

    template <class Stored>
    void count(Stored before, float after) {
        if constexpr (std::is_same_v<Stored, double>) {
            overflown += std::isinf(after) && std::isfinite(before);
            rounded += before == std::floor(before) && std::isfinite(after) && static_cast<double>(after) != before;
        } else {
            constexpr auto exact = static_cast<Stored>(std::min<std::uint64_t>(std::numeric_limits<Stored>::max(), 1 << 24));
            if (before > exact || (std::is_signed_v<Stored> && before < -exact))
                rounded += static_cast<long double>(after) != static_cast<long double>(before);
        }
    }

    void warn(Sink& sink, const std::string& key) const {
        if (rounded) sink.warn({"values-rounded", rounded, fmt::format("{}: whole numbers beyond 2^24 were rounded to 32 bits", key)});
        if (overflown) sink.warn({"values-beyond-float32", overflown, fmt::format("{}: values too large for 32 bits became infinite", key)});
    }
};

}  // namespace

Hdf5Dataset::Hdf5Dataset(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id)
    : Hdf5Object(std::move(state), std::move(key), std::move(id)) {
    const Hdf5Id space(H5Dget_space(id_.get()));
    const Hdf5Id type(H5Dget_type(id_.get()));
    if (!space || !type) hdf5_refuse(*state_, key_, "open the dataset");
    null_ = H5Sget_simple_extent_type(space.get()) == H5S_NULL;
    const int rank = null_ ? 0 : H5Sget_simple_extent_ndims(space.get());
    if (rank < 0) hdf5_refuse(*state_, key_, "open the dataset");
    if (rank > state_->caps.rank)
        refuse("rank-too-large", "the dataset has too many dimensions", fmt::format("{}", rank), fmt::format("at most {}", state_->caps.rank));
    std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) < 0) hdf5_refuse(*state_, key_, "open the dataset");
    size_ = null_ ? 0 : 1;
    for (const hsize_t extent : extents) {
        const auto converted = checked_cast<std::int64_t>(extent);
        const auto product = converted ? checked_multiply(size_, *converted) : std::nullopt;
        if (!product) refuse("size-overflow", "the dataset's size overflows", fmt::format("{}", extent));
        shape_.push_back(*converted);
        size_ = *product;
    }
    type_ = describe_type(type.get());
    if (type_.kind == Kind::record) fields_ = describe_fields(type.get());
}

// Moves elements from the file to memory, whole datasets or one field of a record dataset, in blocks of whole rows.
struct Hdf5Transfer {
    const Hdf5Dataset& dataset;
    Hdf5State& state;
    std::string field;     // empty: the elements themselves
    Hdf5Type type;         // of the elements or of the field
    std::int64_t inner = 1;  // numbers per element of an array type

    Hdf5Transfer(const Hdf5Dataset& d, Hdf5State& s, const std::string* field_name) : dataset(d), state(s), type(d.type()) {
        note_key(d.key());
        if (field_name) {
            field = *field_name;
            const auto found = std::ranges::find(d.fields(), field, &Hdf5Field::name);
            if (found == d.fields().end()) d.refuse("missing-field", "the table has no such column", {}, field);
            type = found->type;
        }
        for (const std::int64_t extent : type.inner_shape) inner *= extent;
        d.check_readable();
    }

    // The element's memory type, wrapped for a field or an array type.
    Hdf5Id memory_type(hid_t element) const {
        Hdf5Id memory(H5Tcopy(element));
        if (!type.inner_shape.empty()) {
            std::vector<hsize_t> shape(type.inner_shape.begin(), type.inner_shape.end());
            memory = Hdf5Id(H5Tarray_create2(memory.get(), static_cast<unsigned>(shape.size()), shape.data()));
        }
        if (!field.empty()) {
            Hdf5Id record(H5Tcreate(H5T_COMPOUND, H5Tget_size(memory.get())));
            H5Tinsert(record.get(), field.c_str(), 0, memory.get());
            memory = std::move(record);
        }
        return memory;
    }

    std::int64_t row_elements() const {
        std::int64_t out = 1;
        for (std::size_t axis = 1; axis < dataset.shape().size(); ++axis) out *= dataset.shape()[axis];
        return out;
    }

    // Rows a block, a multiple of the chunk's rows so that no chunk is unpacked twice.
    std::int64_t block_rows() const {
        if (dataset.shape().empty()) return 1;
        std::int64_t chunk_rows = 1;
        const Hdf5Id plan(H5Dget_create_plist(dataset.id()));
        if (H5Pget_layout(plan.get()) == H5D_CHUNKED) {
            std::vector<hsize_t> chunk(dataset.shape().size());
            H5Pget_chunk(plan.get(), static_cast<int>(chunk.size()), chunk.data());
            chunk_rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(chunk[0]));
        }
        const std::int64_t rows = std::max<std::int64_t>(1, block_elements / std::max<std::int64_t>(1, row_elements() * inner));
        return (rows + chunk_rows - 1) / chunk_rows * chunk_rows;
    }

    void read_rows(std::int64_t begin, std::int64_t end, hid_t memory, void* out, hid_t transfer = H5P_DEFAULT) const {
        if (dataset.shape().empty()) {
            if (H5Dread(dataset.id(), memory, H5S_ALL, H5S_ALL, transfer, out) < 0) hdf5_refuse(state, dataset.key(), "read the values");
            return;
        }
        std::vector<hsize_t> start(dataset.shape().size(), 0), count(dataset.shape().begin(), dataset.shape().end());
        start[0] = static_cast<hsize_t>(begin);
        count[0] = static_cast<hsize_t>(end - begin);
        const Hdf5Id stored(H5Dget_space(dataset.id()));
        const Hdf5Id here(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
        if (H5Sselect_hyperslab(stored.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
            H5Dread(dataset.id(), memory, here.get(), stored.get(), transfer, out) < 0)
            hdf5_refuse(state, dataset.key(), "read the values");
    }

    // Calls consume(block of Stored) over rows [begin, end).
    template <class Stored, class Consume>
    void in_blocks(std::int64_t begin, std::int64_t end, hid_t element, Consume consume) const {
        const Hdf5Id memory = memory_type(element);
        const std::int64_t step = block_rows(), width = row_elements() * inner;
        std::vector<Stored> block;
        for (std::int64_t row = begin; row < end; row += step) {
            const std::int64_t last = std::min(end, row + step);
            block.resize(static_cast<std::size_t>((last - row) * width));
            if (block.empty()) continue;
            read_rows(row, last, memory.get(), block.data());
            consume(block);
        }
    }

    template <class Number, class Stored>
    Number convert(Stored value) const {
        if constexpr (std::is_floating_point_v<Number>) {
            return static_cast<Number>(value);
        } else {
            bool fits = true;
            if constexpr (std::is_floating_point_v<Stored>)
                fits = std::abs(value) <= 0x1p62 && value == std::floor(value);
            else if constexpr (std::is_unsigned_v<Stored>)
                fits = value <= static_cast<Stored>(std::numeric_limits<std::int64_t>::max());
            const auto out = fits ? checked_cast<Number>(static_cast<std::int64_t>(value)) : std::nullopt;
            if (!out)
                dataset.refuse("value-out-of-range", "a value does not fit", fmt::format("{}", value),
                               fmt::format("a whole number of {} bits", sizeof(Number) * 8));
            return *out;
        }
    }

    template <class Number>
    std::vector<Number> numbers(std::int64_t begin, std::int64_t end) const {
        std::vector<Number> out;
        if (dataset.size() == 0 || begin >= end) return out;
        const auto total = checked_multiply((end - begin) * row_elements(), inner);
        if (!total || *total > std::numeric_limits<std::int64_t>::max() / 16) dataset.refuse("size-overflow", "the dataset's size overflows");
        // Straight into place where the library needs no help to be exact.
        const auto direct = [&](hid_t element) {
            out.resize(static_cast<std::size_t>(*total));
            const bool whole = field.empty() && type.inner_shape.empty() && *total == dataset.size();
            if (whole && read_chunks(dataset, state, element, reinterpret_cast<std::byte*>(out.data()))) return;
            read_rows(begin, end, memory_type(element).get(), out.data());
        };
        const auto converted = [&]<class Stored>(hid_t element, Stored) {
            out.reserve(static_cast<std::size_t>(*total));
            FloatLosses losses;
            in_blocks<Stored>(begin, end, element, [&](const std::vector<Stored>& block) {
                for (const Stored value : block) {
                    out.push_back(convert<Number>(value));
                    if constexpr (std::is_same_v<Number, float>) losses.count(value, out.back());
                }
            });
            losses.warn(*state.sink, dataset.key());
        };
        const std::size_t width = inner > 0 ? type.bytes / static_cast<std::size_t>(inner) : 0;
        if (type.kind == Kind::real) {
            if constexpr (std::is_same_v<Number, float>) width <= 4 ? direct(H5T_NATIVE_FLOAT) : converted(H5T_NATIVE_DOUBLE, double{});
            else if constexpr (std::is_same_v<Number, double>) direct(H5T_NATIVE_DOUBLE);
            else converted(H5T_NATIVE_DOUBLE, double{});
        } else if (type.kind == Kind::integer) {
            if constexpr (std::is_same_v<Number, std::int32_t>) width <= 4 ? direct(H5T_NATIVE_INT32) : converted(H5T_NATIVE_INT64, std::int64_t{});
            else if constexpr (std::is_same_v<Number, std::int64_t>) direct(H5T_NATIVE_INT64);
            else converted(H5T_NATIVE_INT64, std::int64_t{});
        } else if (type.kind == Kind::unsigned_integer) {
            converted(H5T_NATIVE_UINT64, std::uint64_t{});
        } else if (type.kind == Kind::boolean) {
            converted(boolean_type().get(), static_cast<signed char>(0));
        } else {
            dataset.refuse("type-not-supported", "the values are not numbers", type.name, "numbers");
        }
        return out;
    }

    static Hdf5Id boolean_type() {
        Hdf5Id type(H5Tenum_create(H5T_NATIVE_INT8));
        signed char value = 0;
        H5Tenum_insert(type.get(), "FALSE", &value);
        value = 1;
        H5Tenum_insert(type.get(), "TRUE", &value);
        return type;
    }

    std::vector<std::string> texts() const;
};

namespace {

// Memory for variable-length texts, counted: one hostile length must not take the machine down.
struct TextBudget {
    std::int64_t one, all;
};

void* take_text(std::size_t bytes, void* data) {
    auto& budget = *static_cast<TextBudget*>(data);
    if (static_cast<std::int64_t>(bytes) > budget.one || static_cast<std::int64_t>(bytes) > budget.all) {
        budget.all = -1;
        return nullptr;
    }
    budget.all -= static_cast<std::int64_t>(bytes);
    return std::malloc(bytes);
}

void give_text(void* text, void*) { std::free(text); }

}  // namespace

std::vector<std::string> Hdf5Transfer::texts() const {
    std::vector<std::string> out;
    if (dataset.size() == 0) return out;
    if (type.kind != Kind::text || !type.inner_shape.empty()) dataset.refuse("type-not-supported", "the values are not text", type.name, "text");
    Hdf5Id stored(H5Dget_type(dataset.id()));
    if (!field.empty()) stored = Hdf5Id(H5Tget_member_type(stored.get(), static_cast<unsigned>(H5Tget_member_index(stored.get(), field.c_str()))));
    const std::int64_t rows = dataset.shape().empty() ? 1 : dataset.shape()[0];
    const std::size_t width = H5Tget_size(stored.get());
    if (H5Tis_variable_str(stored.get()) > 0) {
        TextBudget budget{state.caps.string_bytes + 1, state.caps.inflation * state.file_bytes};
        const Hdf5Id transfer(H5Pcreate(H5P_DATASET_XFER));
        H5Pset_vlen_mem_manager(transfer.get(), take_text, &budget, give_text, nullptr);
        const Hdf5Id memory = memory_type(stored.get());
        const std::int64_t step = block_rows();
        std::vector<char*> block;
        for (std::int64_t row = 0; row < rows; row += step) {
            const std::int64_t last = std::min(rows, row + step);
            block.assign(static_cast<std::size_t>((last - row) * row_elements()), nullptr);
            if (block.empty()) continue;
            try {
                read_rows(row, last, memory.get(), block.data(), transfer.get());
            } catch (const Error&) {
                if (budget.all < 0) dataset.refuse("text-too-long", "a text is too long", {}, fmt::format("at most {} bytes", state.caps.string_bytes));
                throw;
            }
            for (char* text : block) {
                out.emplace_back(text ? text : "");
                std::free(text);
            }
        }
    } else {
        if (static_cast<std::int64_t>(width) > state.caps.string_bytes)
            dataset.refuse("text-too-long", "a text is too long", fmt::format("{} bytes", width), fmt::format("at most {} bytes", state.caps.string_bytes));
        const Hdf5Id memory = memory_type(stored.get());
        const H5T_str_t padding = H5Tget_strpad(stored.get());
        // Few rows at a time: a width of 16 MB times a million rows must not be held at once.
        const std::int64_t step = std::max<std::int64_t>(1, std::min<std::int64_t>(block_rows(), (64LL << 20) / std::max<std::int64_t>(1, static_cast<std::int64_t>(width) * row_elements())));
        std::vector<char> block;
        for (std::int64_t row = 0; row < rows; row += step) {
            const std::int64_t last = std::min(rows, row + step);
            block.resize(static_cast<std::size_t>((last - row) * row_elements()) * width);
            if (block.empty()) continue;
            read_rows(row, last, memory.get(), block.data());
            for (std::size_t at = 0; at < block.size(); at += width) out.push_back(fixed_text(block.data() + at, width, padding));
        }
    }
    std::uint64_t repaired = 0;
    for (std::string& text : out) repaired += repair_utf8(text);
    if (repaired) state.sink->warn({"text-not-utf8", repaired, fmt::format("{}: bytes that are not UTF-8 were replaced by U+FFFD", dataset.key())});
    return out;
}

template <class Number>
std::vector<Number> Hdf5Dataset::read_block(std::int64_t begin, std::int64_t end) const {
    return Hdf5Transfer(*this, *state_, nullptr).numbers<Number>(begin, end);
}

template <class Number>
std::vector<Number> Hdf5Dataset::read_field(const std::string& name) const {
    return Hdf5Transfer(*this, *state_, &name).numbers<Number>(0, shape_.empty() ? 1 : shape_[0]);
}

template std::vector<float> Hdf5Dataset::read_block(std::int64_t, std::int64_t) const;
template std::vector<double> Hdf5Dataset::read_block(std::int64_t, std::int64_t) const;
template std::vector<std::int32_t> Hdf5Dataset::read_block(std::int64_t, std::int64_t) const;
template std::vector<std::int64_t> Hdf5Dataset::read_block(std::int64_t, std::int64_t) const;
template std::vector<float> Hdf5Dataset::read_field(const std::string&) const;
template std::vector<double> Hdf5Dataset::read_field(const std::string&) const;
template std::vector<std::int32_t> Hdf5Dataset::read_field(const std::string&) const;
template std::vector<std::int64_t> Hdf5Dataset::read_field(const std::string&) const;

std::vector<bool> Hdf5Dataset::read_flags() const {
    const std::vector<std::int32_t> values = read<std::int32_t>();
    std::vector<bool> out(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] != 0 && values[i] != 1) refuse("value-out-of-range", "a flag is neither 0 nor 1", fmt::format("{}", values[i]), "0 or 1");
        out[i] = values[i] == 1;
    }
    return out;
}

std::vector<std::string> Hdf5Dataset::read_texts() const { return Hdf5Transfer(*this, *state_, nullptr).texts(); }
std::vector<std::string> Hdf5Dataset::read_text_field(const std::string& name) const { return Hdf5Transfer(*this, *state_, &name).texts(); }

}  // namespace lexicell
