#include "lexicell/io/read_text_matrix.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/delimited.h"
#include "lexicell/io/number_text.h"

namespace lexicell {

namespace {

using Names = std::vector<std::string>;

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
}

// A run of at least 8 letters of A, C, G, T, N that is not part of a longer word: "AAACATACAACCAC-1", "pbmc_ACGTACGTAC".
bool has_barcode(std::string_view name) {
    std::size_t run = 0;
    bool bases = true;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        const unsigned char c = i < name.size() ? static_cast<unsigned char>(name[i]) : '-';
        if (std::isalnum(c)) {
            ++run;
            bases = bases && std::string_view("ACGTN").find(static_cast<char>(c)) != std::string_view::npos;
        } else {
            if (bases && run >= 8) return true;
            run = 0;
            bases = true;
        }
    }
    return false;
}

bool is_cell_name(std::string_view name) {
    if (has_barcode(name) || all_digits(name)) return true;
    std::string lower(name.substr(0, 5));
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!lower.starts_with("cell")) return false;
    name.remove_prefix(4);
    if (!name.empty() && std::string_view("_-. ").find(name[0]) != std::string_view::npos) name.remove_prefix(1);
    return all_digits(name);
}

// ENSG00000141510, ENSMUSG00000059552.7
bool is_ensembl_gene(std::string_view name) {
    if (!name.starts_with("ENS")) return false;
    name = name.substr(0, name.find('.'));
    const std::size_t digits = name.size() < 11 ? std::string_view::npos : name.size() - 11;
    return digits != std::string_view::npos && digits >= 4 && name[digits - 1] == 'G' && all_digits(name.substr(digits));
}

bool most(const Names& names, bool (*is)(std::string_view)) {
    const auto count = std::ranges::count_if(names, [&](const std::string& name) { return is(name); });
    return !names.empty() && count * 10 >= static_cast<std::int64_t>(names.size()) * 9;
}

class Reader {
public:
    Reader(TextSource source, const ReadOptions& options, Sink& sink) : table_(std::move(source)), options_(options), sink_(sink) {}

    Dataset read() {
        read_header();
        while (next_row()) {
            if (row_.size() != width_)
                table_.refuse("table-width", "a line has another number of fields than the first", fmt::format("{}", row_.size()), fmt::format("{}", width_));
            take_row();
        }
        const bool genes_as_rows = orientation();
        Dataset out;
        out.obs.index = std::move(genes_as_rows ? col_names_ : row_names_);
        out.var.index = std::move(genes_as_rows ? row_names_ : col_names_);
        out.x = genes_as_rows ? transpose(matrix_) : std::move(matrix_);
        out.origin = Origin{.file = table_.name(), .format = "csv"};
        warn_about(out, sink_);
        return out;
    }

private:
    bool next_row() {
        if (held_) {
            held_ = false;
            return true;
        }
        return table_.next(row_);
    }

    // The header, and from the first line of data whether the rows have names and the header a name for them.
    void read_header() {
        if (!table_.next(row_)) table_.refuse("table-empty", "the table is empty");
        col_names_.assign(row_.begin(), row_.end());
        const bool numbers_only = std::ranges::all_of(row_, [](std::string_view f) { return parse_number(f).has_value(); });
        if (!table_.next(row_)) table_.refuse("table-empty", "the table has a header and no rows");
        held_ = true;
        width_ = row_.size();
        const bool one_short = col_names_.size() + 1 == width_;
        if (!one_short && col_names_.size() != width_)
            table_.refuse("table-width", "the header does not fit the first row", fmt::format("{} names", col_names_.size()), fmt::format("{} or {}", width_, width_ - 1));
        // Names that are all numbers can head the columns, but then the rows' names are not among them.
        if (numbers_only && !one_short) table_.refuse("header-missing", "the table has no header with names", {}, {}, "add a first line with the names of the columns");
        named_rows_ = one_short || col_names_[0].empty() || !parse_number(row_[0]).has_value();
        if (named_rows_ && !one_short) col_names_.erase(col_names_.begin());
        if (col_names_.empty()) table_.refuse("table-width", "the table has no columns of numbers", {}, {}, "is it delimited by commas or tabs?");
        if (width_ > std::numeric_limits<std::int32_t>::max()) table_.refuse("table-width", "the table has too many columns");
        matrix_.cols = static_cast<std::int64_t>(col_names_.size());
    }

    void take_row() {
        const std::size_t first = named_rows_ ? 1 : 0;
        row_names_.push_back(named_rows_ ? std::string(row_[0]) : fmt::format("cell_{}", row_names_.size() + 1));
        if (row_names_.back().empty()) table_.refuse("empty-name", "a row has no name");
        for (std::size_t c = first; c < row_.size(); ++c) {
            const std::string_view field = row_[c];
            if (field == "0") continue;
            std::optional<double> value = parse_number(field);
            if (!value && is_missing_text(field)) value = std::numeric_limits<double>::quiet_NaN();
            if (!value)
                table_.refuse("not-a-number", fmt::format("a value in column '{}' is not a number", col_names_[c - first].substr(0, 100)),
                              std::string(field.substr(0, 50)), "a number, NA or nothing", "keep only the columns with expression");
            if (std::isfinite(*value) && std::abs(*value) > std::numeric_limits<float>::max())
                table_.refuse("value-out-of-range", "a value does not fit 32 bits", std::string(field.substr(0, 50)));
            if (*value == 0) continue;
            matrix_.indices.push_back(static_cast<std::int32_t>(c - first));
            matrix_.values.push_back(static_cast<float>(*value));
        }
        matrix_.indptr.push_back(matrix_.nonzeros());
        ++matrix_.rows;
    }

    bool orientation() {
        if (!named_rows_) {
            if (options_.genes_as_rows == true)
                table_.refuse("names-missing", "the rows have no names, so they cannot be genes", {}, {}, "add a first column with the names");
            sink_.warn({"names-missing", static_cast<std::uint64_t>(matrix_.rows), "the rows have no names: they are cells and are numbered"});
            return false;
        }
        if (options_.genes_as_rows) return *options_.genes_as_rows;
        const bool cells_are_rows = most(row_names_, is_cell_name) || most(col_names_, is_ensembl_gene);
        const bool genes_are_rows = most(col_names_, is_cell_name) || most(row_names_, is_ensembl_gene);
        if (cells_are_rows == genes_are_rows)
            throw Error(ErrorKind::precondition,
                        {.type = "orientation-unknown", .message = "the names do not say whether the rows are cells or genes", .file = table_.name(),
                         .found = fmt::format("{} rows ('{}', ...) and {} columns ('{}', ...)", matrix_.rows, row_names_[0].substr(0, 50), matrix_.cols,
                                              col_names_[0].substr(0, 50)),
                         .hint = "say it with --genes-as rows or --genes-as columns"});
        sink_.info(fmt::format("{}: the names say that the rows are {} and the columns {}", table_.name(), genes_are_rows ? "genes" : "cells",
                               genes_are_rows ? "cells" : "genes"));
        return genes_are_rows;
    }

    DelimitedReader table_;
    const ReadOptions& options_;
    Sink& sink_;
    std::vector<std::string_view> row_;
    bool held_ = false;  // row_ holds the first row, read with the header
    std::size_t width_ = 0;
    bool named_rows_ = true;
    Names col_names_, row_names_;
    CsrMatrix matrix_;
};

}  // namespace

Dataset read_text_matrix(TextSource source, const ReadOptions& options, Sink& sink) {
    return Reader(std::move(source), options, sink).read();
}

Dataset read_text_matrix(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    return read_text_matrix(TextSource(path), options, sink);
}

}  // namespace lexicell
