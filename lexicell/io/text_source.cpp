#include "lexicell/io/text_source.h"

#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "lexicell/base/utf8.h"

namespace lexicell {

namespace {

constexpr std::size_t block_bytes = 1 << 18;
constexpr std::size_t max_line = 1u << 30;

// Yields unpacked bytes in blocks.
class Unpacker {
public:
    virtual ~Unpacker() = default;
    // Fills `out` with at most `room` bytes; 0 at the end. Throws ErrorDetail.
    virtual std::size_t read(char* out, std::size_t room) = 0;
};

class Plain : public Unpacker {
public:
    explicit Plain(std::istream& in) : in_(in) {}
    std::size_t read(char* out, std::size_t room) override {
        in_.read(out, static_cast<std::streamsize>(room));
        if (in_.bad()) throw ErrorDetail{.type = "cannot-read", .message = "cannot read the file"};
        return static_cast<std::size_t>(in_.gcount());
    }

private:
    std::istream& in_;
};

[[noreturn]] void packed_ends_early() {
    throw ErrorDetail{.type = "packed-truncated", .message = "the packed file ends early", .hint = "fetch or write it again"};
}
[[noreturn]] void packed_damaged(const std::string& reason) {
    throw ErrorDetail{.type = "packed-damaged", .message = "the packed file is damaged: " + reason, .hint = "fetch or write it again"};
}

// gzip of one or several members (bgzip writes many).
class Gzip : public Unpacker {
public:
    explicit Gzip(std::istream& in) : in_(in) {
        if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) packed_damaged("no memory");
    }
    ~Gzip() override { inflateEnd(&stream_); }
    std::size_t read(char* out, std::size_t room) override {
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(room);
        while (stream_.avail_out == room) {
            const bool input = stream_.avail_in > 0 || fill();
            if (between_) {
                if (!input || stream_.next_in[0] != 0x1f) break;  // padding may follow the last member
                inflateReset(&stream_);
                between_ = false;
            }
            // Without input there may still be output inside from a call that had no room for it.
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code == Z_STREAM_END) between_ = true;
            else if (code == Z_BUF_ERROR && !input) packed_ends_early();
            else if (code != Z_OK && code != Z_BUF_ERROR) packed_damaged(stream_.msg ? stream_.msg : "gzip");
        }
        return room - stream_.avail_out;
    }

private:
    bool fill() {
        in_.read(buffer_, sizeof buffer_);
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_);
        stream_.avail_in = static_cast<uInt>(in_.gcount());
        return stream_.avail_in > 0;
    }
    std::istream& in_;
    z_stream stream_{};
    bool between_ = false;  // a member has ended
    char buffer_[1 << 16];
};

class Zstd : public Unpacker {
public:
    explicit Zstd(std::istream& in) : in_(in) {}
    ~Zstd() override { ZSTD_freeDStream(stream_); }
    std::size_t read(char* out, std::size_t room) override {
        ZSTD_outBuffer to{out, room, 0};
        while (to.pos == 0) {
            if (from_.pos == from_.size) {
                in_.read(buffer_, sizeof buffer_);
                from_ = {buffer_, static_cast<std::size_t>(in_.gcount()), 0};
            }
            if (from_.size == 0 && !open_) break;
            // Without input there may still be output inside from a call that had no room for it.
            const std::size_t code = ZSTD_decompressStream(stream_, &to, &from_);
            if (ZSTD_isError(code)) packed_damaged(ZSTD_getErrorName(code));
            if (from_.size == 0 && to.pos == 0) packed_ends_early();
            open_ = code != 0;
        }
        return to.pos;
    }

private:
    std::istream& in_;
    ZSTD_DStream* stream_ = ZSTD_createDStream();
    ZSTD_inBuffer from_{buffer_, 0, 0};
    bool open_ = true;  // inside a frame
    char buffer_[1 << 16];
};

}  // namespace

struct TextSource::State {
    std::string name;
    std::unique_ptr<std::istream> in;
    std::unique_ptr<Unpacker> unpacker;
    std::string buffer;        // unpacked bytes; [at, end) are still to be given out
    std::size_t at = 0, end = 0;
    std::uint64_t line = 0;
    bool finished = false;

    [[noreturn]] void fail(ErrorDetail detail) const {
        detail.file = name;
        if (detail.key.empty() && line > 0) detail.key = fmt::format("line {}", line);
        if (detail.hint.empty()) detail.hint = "mend the line, or write the file again";
        throw Error(ErrorKind::unreadable, std::move(detail));
    }

    void start() {
        char head[4] = {};
        in->read(head, sizeof head);
        in->clear();
        in->seekg(0);
        const std::string_view magic(head, sizeof head);
        if (magic.starts_with("\x1f\x8b")) unpacker = std::make_unique<Gzip>(*in);
        else if (magic == "\x28\xb5\x2f\xfd") unpacker = std::make_unique<Zstd>(*in);
        else unpacker = std::make_unique<Plain>(*in);
        more();
        const std::string_view start(buffer.data(), end);
        if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff"))
            fail({.type = "text-utf16", .message = "the text is UTF-16", .expected = "UTF-8", .hint = "save it as UTF-8"});
        if (start.starts_with("\xef\xbb\xbf")) at = 3;
    }

    // Unpacks one more block behind `end`; false at the end of the file.
    bool more() {
        if (finished) return false;
        if (at > 0) {
            std::memmove(buffer.data(), buffer.data() + at, end - at);
            end -= at;
            at = 0;
        }
        if (end > max_line) fail({.type = "line-too-long", .message = "a line is longer than 1 GiB"});
        if (buffer.size() < end + block_bytes) buffer.resize(std::max(buffer.size() * 2, end + block_bytes));
        try {
            const std::size_t got = unpacker->read(buffer.data() + end, block_bytes);
            end += got;
            finished = got == 0;
        } catch (ErrorDetail& detail) {
            fail(std::move(detail));
        }
        return !finished;
    }
};

TextSource::TextSource(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
    state_->name = path.string();
    state_->in = std::make_unique<std::ifstream>(path, std::ios::binary);
    std::error_code ignored;
    if (!*state_->in || std::filesystem::is_directory(path, ignored))
        state_->fail({.type = "cannot-open", .message = fmt::format("cannot open: {}", std::strerror(errno ? errno : EISDIR)),
                      .hint = "check the path and its permissions"});
    state_->start();
}

TextSource::TextSource(std::string bytes, std::string name) : state_(std::make_unique<State>()) {
    state_->name = std::move(name);
    state_->in = std::make_unique<std::istringstream>(std::move(bytes));
    state_->start();
}

TextSource::TextSource(TextSource&&) noexcept = default;
TextSource::~TextSource() = default;

std::uint64_t TextSource::line_number() const { return state_->line; }
const std::string& TextSource::name() const { return state_->name; }

bool TextSource::next_line(std::string_view& line) {
    State& s = *state_;
    std::size_t searched = 0;
    for (;;) {
        const char* begin = s.buffer.data() + s.at;
        const std::size_t available = s.end - s.at;
        const auto* stop = static_cast<const char*>(std::memchr(begin + searched, '\n', available - searched));
        if (!stop) {
            searched = available;
            if (s.more()) continue;
            if (s.at == s.end) return false;
        }
        begin = s.buffer.data() + s.at;
        const std::size_t length = stop ? static_cast<std::size_t>(stop - begin) : s.end - s.at;
        s.at += length + (stop ? 1 : 0);
        ++s.line;
        line = {begin, length};
        if (line.ends_with('\r')) line.remove_suffix(1);
        break;
    }
    if (line.find('\0') != std::string_view::npos)
        refuse("text-binary", "the file holds NUL bytes: it is not text", {}, "text", "check that this is the right file");
    if (const auto at = first_invalid_utf8(line))
        refuse("text-not-utf8", "the text is not UTF-8", fmt::format("byte 0x{:02x} at column {}", static_cast<unsigned char>(line[*at]), *at + 1),
               "UTF-8", "save it as UTF-8");
    return true;
}

void TextSource::refuse(std::string type, std::string message, std::string found, std::string expected, std::string hint) const {
    state_->fail({.type = std::move(type), .message = std::move(message), .found = std::move(found), .expected = std::move(expected),
                  .hint = std::move(hint)});
}

}  // namespace lexicell
