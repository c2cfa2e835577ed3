#pragma once
// A table with typed columns and a string index: obs, var, and frames elsewhere in AnnData.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lexicell {

struct Categorical {
    std::vector<std::int32_t> codes;         // -1 = missing
    std::vector<std::string> categories;     // category k's text
    bool ordered = false;
    // What the categories were on disk; written back as such. Text is the canonical form in memory.
    enum class Kind { text, integer, real, boolean } kind = Kind::text;
};

using ColumnValues = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<bool>,
                                  std::vector<std::string>, Categorical>;

struct Column {
    ColumnValues values;
    // Nullable integers, booleans and strings: true = missing; empty = none is. Reals use NaN, categoricals code -1.
    std::vector<bool> missing;

    std::int64_t size() const;
    bool is_missing(std::int64_t row) const;
    // The cell as text: "" when missing, the category's name, shortest round-trip decimals.
    std::string text(std::int64_t row) const;
};

Column take_rows(const Column& column, std::span<const std::int64_t> rows);

// Text to categorical, categories in ascending byte order; "" stays a category, `missing` becomes -1.
Categorical categorize(std::span<const std::string> values, const std::vector<bool>& missing = {});
// Any column as groups: categoricals as they are, others through their text, integers ascending by value.
Categorical as_categorical(const Column& column);

struct Frame {
    std::vector<std::string> index;
    std::string index_name = "_index";
    std::vector<std::pair<std::string, Column>> columns;  // in column-order

    std::int64_t rows() const { return static_cast<std::int64_t>(index.size()); }
    const Column* find(std::string_view name) const;
    void set(std::string name, Column column);  // replaces or appends; the size must fit
};

Frame take_rows(const Frame& frame, std::span<const std::int64_t> rows);

}  // namespace lexicell
