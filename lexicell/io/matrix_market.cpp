#include "lexicell/io/matrix_market.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "lexicell/io/tidy_rows.h"

namespace lexicell {

namespace {

// Axes may be far longer than the number of entries, but not so that a line of text costs gigabytes of row pointers.
constexpr std::int64_t free_length = 1'000'000, length_per_entry = 1000;

void skip_blanks(std::string_view& text) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
}

// Takes a number from the front of `text`; false when there is none.
template <class Number>
bool take(std::string_view& text, Number& value) {
    skip_blanks(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return text.empty() || text[0] == ' ' || text[0] == '\t' || text[0] == '\r';
}

std::vector<std::string> lower_words(std::string_view line) {
    std::istringstream stream{std::string(line)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        words.push_back(word);
    }
    return words;
}

class Reader {
public:
    Reader(TextSource& source, Sink& sink) : source_(source), sink_(sink) {}

    CsrMatrix read() {
        read_banner();
        read_sizes();
        read_entries();
        return compress();
    }

private:
    void read_banner() {
        std::string_view line;
        const auto words = source_.next_line(line) ? lower_words(line) : std::vector<std::string>{};
        if (words.empty() || words[0] != "%%matrixmarket") source_.refuse("mtx-banner", "the file does not begin with %%MatrixMarket");
        if (words.size() != 5 || words[1] != "matrix" || words[2] != "coordinate" || words[4] != "general" ||
            (words[3] != "real" && words[3] != "integer" && words[3] != "unsigned-integer" && words[3] != "pattern"))
            source_.refuse("mtx-kind", "this kind of MatrixMarket file is not supported", std::string(line.substr(0, 100)),
                           "matrix coordinate real|integer|pattern general");
        pattern_ = words[3] == "pattern";
    }

    // The next line that is neither blank nor a comment.
    bool next(std::string_view& line) {
        while (source_.next_line(line)) {
            skip_blanks(line);
            if (!line.empty() && line[0] != '%') return true;
        }
        return false;
    }

    void read_sizes() {
        std::string_view line;
        if (!next(line)) source_.refuse("mtx-sizes", "the line with rows, columns and entries is missing");
        const std::string_view whole = line;
        if (!take(line, rows_) || !take(line, cols_) || !take(line, declared_) || (skip_blanks(line), !line.empty()) || rows_ < 0 || cols_ < 0 ||
            declared_ < 0)
            source_.refuse("mtx-sizes", "the line with rows, columns and entries is damaged", std::string(whole.substr(0, 100)), "three whole numbers");
        constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
        if (rows_ > limit || cols_ > limit)
            source_.refuse("mtx-sizes", "the matrix has too many rows or columns", fmt::format("{} x {}", rows_, cols_), fmt::format("at most {}", limit));
        if (declared_ > rows_ * cols_)
            source_.refuse("mtx-too-many-entries", "the file declares more entries than the matrix has places", fmt::format("{}", declared_),
                           fmt::format("at most {} x {} = {}", rows_, cols_, rows_ * cols_));
    }

    void read_entries() {
        std::string_view line;
        std::int64_t found = 0;
        for (; next(line); ++found) {
            if (found >= declared_) continue;  // counted for the message, not kept
            const std::string_view whole = line;
            std::int64_t row = 0, col = 0;
            double value = 1;
            if (!take(line, row) || !take(line, col) || (!pattern_ && !take(line, value)) || (skip_blanks(line), !line.empty()))
                source_.refuse("mtx-entry", "an entry is damaged", std::string(whole.substr(0, 100)), pattern_ ? "row and column" : "row, column and value");
            if (row < 1 || row > rows_ || col < 1 || col > cols_)
                source_.refuse("mtx-index-out-of-range", "an entry lies outside the matrix", fmt::format("row {}, column {}", row, col),
                               fmt::format("1 to {} and 1 to {}", rows_, cols_));
            if (std::isfinite(value) && std::abs(value) > std::numeric_limits<float>::max())
                source_.refuse("value-out-of-range", "a value does not fit 32 bits", std::string(whole.substr(0, 100)));
            row_.push_back(static_cast<std::int32_t>(row - 1));
            col_.push_back(static_cast<std::int32_t>(col - 1));
            value_.push_back(static_cast<float>(value));
        }
        if (found != declared_)
            source_.refuse("mtx-entry-count", fmt::format("declared {} entries, found {}", declared_, found), {}, {}, "the file is cut or was edited: get it again");
        if (std::max(rows_, cols_) > free_length + length_per_entry * found)
            source_.refuse("mtx-sizes", "the matrix is far larger than its entries", fmt::format("{} x {} with {} entries", rows_, cols_, found));
    }

    CsrMatrix compress() {
        CsrMatrix out{.rows = cols_, .cols = rows_};
        out.indptr.assign(static_cast<std::size_t>(cols_) + 1, 0);
        for (const std::int32_t col : col_) ++out.indptr[col + 1];
        for (std::int64_t c = 0; c < cols_; ++c) out.indptr[c + 1] += out.indptr[c];
        out.indices.resize(row_.size());
        out.values.resize(row_.size());
        std::vector<std::int64_t> place(out.indptr.begin(), out.indptr.end() - 1);
        for (std::size_t i = 0; i < row_.size(); ++i) {
            const std::int64_t slot = place[col_[i]]++;
            out.indices[slot] = row_[i];
            out.values[slot] = value_[i];
        }
        if (const std::uint64_t summed = tidy_rows(out)) sink_.warn({"duplicate-entries", summed, "values given twice for one place were summed"});
        return out;
    }

    TextSource& source_;
    Sink& sink_;
    bool pattern_ = false;
    std::int64_t rows_ = 0, cols_ = 0, declared_ = 0;
    std::vector<std::int32_t> row_, col_;
    std::vector<float> value_;
};

}  // namespace

CsrMatrix read_matrix_market_transposed(TextSource source, Sink& sink) { return Reader(source, sink).read(); }

}  // namespace lexicell
