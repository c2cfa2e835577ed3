#include "lexicell/io/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lexicell/base/checked.h"
#include "lexicell/base/utf8.h"
#include "lexicell/io/zip_archive.h"

namespace lexicell {

namespace {

constexpr std::size_t max_header = 1 << 20, max_rank = 32;  // NumPy's own limit of dimensions before 2.0

struct Header {
    std::string descr;
    bool fortran = false;
    std::vector<std::int64_t> shape;
};

class Parser {
public:
    Parser(std::string_view bytes, const std::string& name, ErrorKind kind) : bytes_(bytes), name_(name), kind_(kind) {}

    NpyArray parse() {
        if (bytes_.size() < 10 || !bytes_.starts_with("\x93NUMPY")) refuse("npy-magic", "the file is not a NumPy array");
        const int version = bytes_[6];
        if (version < 1 || version > 3) refuse("npy-version", "the version is not known", fmt::format("{}", version), "1, 2 or 3");
        std::size_t length, start;
        if (version == 1) {
            start = 10;
            length = static_cast<unsigned char>(bytes_[8]) | static_cast<unsigned char>(bytes_[9]) << 8;
        } else {
            start = 12;
            std::uint32_t wide = 0;
            if (bytes_.size() >= 12) std::memcpy(&wide, bytes_.data() + 8, 4);
            length = wide;
        }
        if (length > max_header || bytes_.size() < start + length) refuse("npy-header", "the header's length does not fit the file");
        header_text_ = bytes_.substr(start, length);
        data_ = bytes_.substr(start + length);
        const Header header = parse_header();
        return read_elements(header);
    }

private:
    [[noreturn]] void refuse(std::string type, std::string message, std::string found = {}, std::string expected = {}, std::string hint = {}) const {
        throw Error(kind_, {.type = std::move(type), .message = std::move(message), .file = name_, .found = std::move(found),
                            .expected = std::move(expected), .hint = std::move(hint)});
    }
    [[noreturn]] void bad_header(const char* what) const { refuse("npy-header", fmt::format("the header is damaged: {}", what)); }

    // The header is a Python dict literal with exactly the keys descr, fortran_order and shape.
    Header parse_header() {
        Header header;
        std::set<std::string> seen;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (!seen.insert(key).second) bad_header("a key occurs twice");
            if (key == "descr") {
                skip_blanks();
                if (!header_text_.empty() && header_text_[0] == '[')
                    refuse("npy-dtype", "arrays of records are not supported", {}, "numbers or text", "save each column as an array of its own");
                header.descr = quoted();
            } else if (key == "fortran_order") {
                header.fortran = word();
            } else if (key == "shape") {
                header.shape = tuple();
            } else {
                bad_header("an unknown key");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_blanks();
        if (!header_text_.empty() || seen.size() != 3) bad_header("not exactly descr, fortran_order and shape");
        return header;
    }
    void skip_blanks() {
        while (!header_text_.empty() && (header_text_[0] == ' ' || header_text_[0] == '\n')) header_text_.remove_prefix(1);
    }
    bool accept(char c) {
        skip_blanks();
        if (header_text_.empty() || header_text_[0] != c) return false;
        header_text_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c)) bad_header("not the literal that NumPy writes");
    }
    std::string quoted() {
        skip_blanks();
        const char quote = header_text_.empty() ? 0 : header_text_[0];
        if (quote != '\'' && quote != '"') bad_header("text without quotes");
        const std::size_t end = header_text_.find(quote, 1);
        if (end == std::string_view::npos) bad_header("an open quote");
        std::string out(header_text_.substr(1, end - 1));
        header_text_.remove_prefix(end + 1);
        return out;
    }
    bool word() {
        skip_blanks();
        for (const bool value : {true, false}) {
            const std::string_view text = value ? "True" : "False";
            if (!header_text_.starts_with(text)) continue;
            header_text_.remove_prefix(text.size());
            return value;
        }
        bad_header("fortran_order is neither True nor False");
    }
    std::vector<std::int64_t> tuple() {
        std::vector<std::int64_t> sizes;
        expect('(');
        while (!accept(')')) {
            skip_blanks();
            std::int64_t size = -1;
            const auto [end, error] = std::from_chars(header_text_.data(), header_text_.data() + header_text_.size(), size);
            if (error != std::errc{} || size < 0) bad_header("a size of the shape");
            header_text_.remove_prefix(static_cast<std::size_t>(end - header_text_.data()));
            accept('L');  // Python 2 wrote long integers so
            if (sizes.size() == max_rank) bad_header("too many dimensions");
            sizes.push_back(size);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return sizes;
    }

    NpyArray read_elements(const Header& header) const {
        const std::string& descr = header.descr;
        const auto unsupported = [&](const char* hint) { refuse("npy-dtype", "the type of the elements is not supported", descr, "numbers or text", hint); };
        if (descr.size() < 2) unsupported("");
        const bool has_order = descr[0] == '<' || descr[0] == '>' || descr[0] == '|' || descr[0] == '=';
        const bool big_endian = descr[0] == '>';
        const char kind = descr[has_order ? 1 : 0];
        if (kind == 'O') unsupported("it holds Python objects, which would have to be unpickled; save numbers or text instead");
        std::int64_t width = 0;
        const char* begin = descr.data() + (has_order ? 2 : 1);
        const auto [end, error] = std::from_chars(begin, descr.data() + descr.size(), width);
        if (error != std::errc{} || end != descr.data() + descr.size() || width < 0) unsupported("");

        const std::int64_t item = kind == 'U' ? checked_multiply<std::int64_t>(width, 4).value_or(-1) : width;
        const auto elements = checked_elements(header.shape);
        const auto size = elements && item >= 0 ? checked_multiply(*elements, item) : std::nullopt;
        if (!size || static_cast<std::uint64_t>(*size) != data_.size())
            refuse("npy-size", "the data do not fit the shape", fmt::format("{} bytes", data_.size()), size ? fmt::format("{}", *size) : "a size that fits 63 bits");
        const std::string data = header.fortran ? to_row_major(header.shape, static_cast<std::size_t>(item)) : std::string(data_);
        if (kind == 'U' || kind == 'S') return texts(data, header.shape, *elements, static_cast<std::size_t>(item), kind == 'U', big_endian);

        const std::string dtype = numeric_dtype(kind, width);
        if (dtype.empty()) unsupported("");
        HostTensor tensor{dtype, header.shape, std::vector<std::byte>(data.size())};
        if (!data.empty()) std::memcpy(tensor.bytes.data(), data.data(), data.size());
        if (big_endian)
            for (std::size_t at = 0; at < tensor.bytes.size(); at += width) std::reverse(tensor.bytes.begin() + at, tensor.bytes.begin() + at + width);
        return tensor;
    }

    static std::string numeric_dtype(char kind, std::int64_t width) {
        if (kind == 'b' && width == 1) return "BOOL";
        if (kind == 'f' && (width == 2 || width == 4 || width == 8)) return fmt::format("F{}", width * 8);
        if ((kind == 'i' || kind == 'u') && (width == 1 || width == 2 || width == 4 || width == 8))
            return fmt::format("{}{}", kind == 'i' ? 'I' : 'U', width * 8);
        return {};
    }

    std::string to_row_major(const std::vector<std::int64_t>& shape, std::size_t item) const {
        if (shape.size() < 2 || data_.empty()) return std::string(data_);
        std::string out(data_.size(), '\0');
        std::vector<std::int64_t> index(shape.size(), 0);
        std::vector<std::int64_t> stride(shape.size(), 1);  // of the file, in elements
        for (std::size_t axis = 1; axis < shape.size(); ++axis) stride[axis] = stride[axis - 1] * shape[axis - 1];
        std::int64_t from = 0;
        for (std::size_t to = 0; to < out.size(); to += item) {
            std::memcpy(out.data() + to, data_.data() + from * static_cast<std::int64_t>(item), item);
            for (std::size_t axis = shape.size(); axis-- > 0;) {
                from += stride[axis];
                if (++index[axis] < shape[axis]) break;
                from -= stride[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return out;
    }

    NpyArray texts(const std::string& data, const std::vector<std::int64_t>& shape, std::int64_t elements, std::size_t item, bool wide, bool big_endian) const {
        StringArray out{shape, {}};
        // Texts of width 0 need no bytes, so their number has no bound in the file.
        if (item == 0 && elements > 1'000'000) refuse("npy-size", "too many empty texts", fmt::format("{}", elements), "at most 1000000");
        out.values.reserve(static_cast<std::size_t>(elements));
        for (std::int64_t i = 0; i < elements; ++i) {
            const std::string_view bytes = std::string_view(data).substr(static_cast<std::size_t>(i) * item, item);
            std::string text;
            if (wide) {
                for (std::size_t at = 0; at < bytes.size(); at += 4) {
                    std::uint32_t c;
                    std::memcpy(&c, bytes.data() + at, 4);
                    if (big_endian) c = __builtin_bswap32(c);
                    if (c >= 0x110000 || (c >= 0xd800 && c <= 0xdfff)) refuse("npy-text", "a text holds a character that does not exist", fmt::format("0x{:x}", c));
                    append_utf8(text, c);
                }
            } else {
                text = bytes;
                if (first_invalid_utf8(text)) refuse("npy-text", "a text is not UTF-8");
            }
            text.erase(text.find_last_not_of('\0') + 1);
            out.values.push_back(std::move(text));
        }
        return out;
    }

    std::string_view bytes_, header_text_, data_;
    const std::string& name_;
    ErrorKind kind_;
};

}  // namespace

NpyArray parse_npy(std::string_view bytes, const std::string& name, ErrorKind kind) { return Parser(bytes, name, kind).parse(); }

NpyArray read_npy(const std::filesystem::path& path, ErrorKind kind) {
    std::error_code failure;
    std::ifstream in(path, std::ios::binary);
    if (!in || !std::filesystem::is_regular_file(path, failure))
        throw Error(kind, {.type = "cannot-open", .message = "cannot open the file", .file = path.string(), .hint = "check the path and its permissions"});
    std::string bytes(std::filesystem::file_size(path), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        throw Error(kind, {.type = "cannot-read", .message = "cannot read the file", .file = path.string()});
    return parse_npy(bytes, path.string(), kind);
}

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path, ErrorKind kind) {
    const ZipArchive archive(path, {.kind = kind});
    std::map<std::string, NpyArray> out;
    for (const std::string& name : archive.names()) {
        if (!name.ends_with(".npy"))
            throw Error(kind, {.type = "npz-member", .message = "the archive holds something else than arrays", .file = path.string(), .key = name,
                               .expected = "members that end in .npy"});
        try {
            out.emplace(name.substr(0, name.size() - 4), parse_npy(archive.read(name), path.string(), kind));
        } catch (const Error& error) {
            ErrorDetail detail = error.detail();
            detail.key = name;
            throw Error(error.kind(), std::move(detail));
        }
    }
    return out;
}

}  // namespace lexicell
