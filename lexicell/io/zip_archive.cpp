#include "lexicell/io/zip_archive.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "lexicell/base/utf8.h"

namespace lexicell {

namespace {

constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50, end64_mark = 0x06064b50,
                        locator64_mark = 0x07064b50;
constexpr std::size_t max_name = 1024, max_directory = 64u << 20;

// Little-endian fields of a record that has been read whole.
template <class Integer>
Integer field(std::string_view record, std::size_t at) {
    Integer value;
    std::memcpy(&value, record.data() + at, sizeof value);
    return value;
}

struct Member {
    std::uint64_t header = 0;      // offset of the local header
    std::uint64_t packed = 0, unpacked = 0;
    std::uint32_t crc = 0;
    std::uint16_t method = 0;
};

}  // namespace

struct ZipArchive::State {
    std::string name;
    ZipOptions options;
    std::unique_ptr<std::istream> in;
    std::uint64_t size = 0;
    std::map<std::string, Member, std::less<>> members;

    [[noreturn]] void refuse(std::string type, std::string message, std::string member = {}, std::string found = {},
                             std::string expected = {}) const {
        throw Error(options.kind, {.type = std::move(type), .message = std::move(message), .file = name, .key = std::move(member),
                                   .found = std::move(found), .expected = std::move(expected), .hint = "the archive is damaged or not to be trusted"});
    }

    std::string bytes(std::uint64_t offset, std::uint64_t length, const std::string& member = {}) const {
        if (offset > size || length > size - offset) refuse("zip-truncated", "a part of the archive lies behind its end", member);
        std::string out(length, '\0');
        in->clear();
        in->seekg(static_cast<std::streamoff>(offset));
        if (!in->read(out.data(), static_cast<std::streamsize>(length))) refuse("zip-truncated", "the archive cannot be read", member);
        return out;
    }

    void start() {
        in->seekg(0, std::ios::end);
        size = static_cast<std::uint64_t>(in->tellg());
        // The end record is 22 bytes and a comment of at most 64 KiB.
        const std::uint64_t tail_length = std::min<std::uint64_t>(size, 22 + 65535);
        const std::string tail = bytes(size - tail_length, tail_length);
        for (std::size_t at = tail.size() >= 22 ? tail.size() - 22 + 1 : 0; at-- > 0;)
            if (field<std::uint32_t>(tail, at) == end_mark && at + 22 + field<std::uint16_t>(tail, at + 20) == tail.size())
                return read_directory(std::string_view(tail).substr(at), size - tail_length + at);
        refuse("zip-end-missing", "the archive has no end record");
    }

    void read_directory(std::string_view end, std::uint64_t end_offset) {
        std::uint64_t count = field<std::uint16_t>(end, 10), length = field<std::uint32_t>(end, 12), offset = field<std::uint32_t>(end, 16);
        if (field<std::uint16_t>(end, 4) != 0 && field<std::uint16_t>(end, 4) != 0xffff) refuse("zip-disks", "the archive has several parts");
        if (end_offset >= 20) {
            const std::string locator = bytes(end_offset - 20, 20);
            if (field<std::uint32_t>(locator, 0) == locator64_mark) {
                end_offset = field<std::uint64_t>(locator, 8);
                const std::string end64 = bytes(end_offset, 56);
                if (field<std::uint32_t>(end64, 0) != end64_mark) refuse("zip-end-missing", "the archive has no zip64 end record");
                count = field<std::uint64_t>(end64, 32);
                length = field<std::uint64_t>(end64, 40);
                offset = field<std::uint64_t>(end64, 48);
            }
        }
        if (count > options.entries)
            refuse("zip-too-many", "the archive has too many members", {}, fmt::format("{}", count), fmt::format("at most {}", options.entries));
        if (length > max_directory || offset > end_offset || length > end_offset - offset)
            refuse("zip-directory", "the archive's directory does not fit before its end record");
        const std::string directory = bytes(offset, length);
        std::string_view rest = directory;
        for (std::uint64_t i = 0; i < count; ++i) take_entry(rest, offset);
        if (!rest.empty()) refuse("zip-directory", "the archive's directory holds more than its members");
        check_overlap(offset);
    }

    void take_entry(std::string_view& rest, std::uint64_t directory_offset) {
        if (rest.size() < 46 || field<std::uint32_t>(rest, 0) != central_mark) refuse("zip-directory", "the archive's directory is damaged");
        const std::size_t name_length = field<std::uint16_t>(rest, 28), extra_length = field<std::uint16_t>(rest, 30),
                          comment_length = field<std::uint16_t>(rest, 32);
        if (rest.size() < 46 + name_length + extra_length + comment_length) refuse("zip-directory", "the archive's directory is damaged");
        const std::string member_name(rest.substr(46, name_length));
        check_name(member_name);
        Member member{.header = field<std::uint32_t>(rest, 42), .packed = field<std::uint32_t>(rest, 20), .unpacked = field<std::uint32_t>(rest, 24),
                      .crc = field<std::uint32_t>(rest, 16), .method = field<std::uint16_t>(rest, 10)};
        take_zip64(rest.substr(46 + name_length, extra_length), member, member_name);
        if (field<std::uint16_t>(rest, 8) & 1) refuse("zip-encrypted", "the member is encrypted", member_name);
        if (member.method != 0 && member.method != 8)
            refuse("zip-method", "the member is packed in a way that is not supported", member_name, fmt::format("method {}", member.method), "stored or deflate");
        if (member.method == 0 && member.packed != member.unpacked) refuse("zip-sizes", "a stored member has two sizes", member_name);
        if (member.unpacked / options.inflation > member.packed)
            refuse("zip-inflation", "the member declares far more bytes than the archive stores", member_name,
                   fmt::format("{} bytes from {}", member.unpacked, member.packed), fmt::format("at most {} to 1", options.inflation));
        if (member.header > directory_offset || member.packed > directory_offset - member.header)
            refuse("zip-truncated", "the member lies behind the archive's directory", member_name);
        if (!members.emplace(member_name, member).second) refuse("zip-duplicate", "the archive holds a name twice", member_name);
        rest.remove_prefix(46 + name_length + extra_length + comment_length);
    }

    // Sizes and offset that do not fit 32 bits stand in an extra field, in this order, only those that are needed.
    void take_zip64(std::string_view extra, Member& member, const std::string& member_name) const {
        while (extra.size() >= 4) {
            const std::uint16_t kind = field<std::uint16_t>(extra, 0), length = field<std::uint16_t>(extra, 2);
            if (extra.size() < 4u + length) refuse("zip-directory", "an extra field is damaged", member_name);
            std::string_view values = extra.substr(4, length);
            if (kind == 1)
                for (std::uint64_t* value : {&member.unpacked, &member.packed, &member.header}) {
                    if (*value != 0xffffffff) continue;
                    if (values.size() < 8) refuse("zip-directory", "a zip64 field is damaged", member_name);
                    *value = field<std::uint64_t>(values, 0);
                    values.remove_prefix(8);
                }
            extra.remove_prefix(4 + length);
        }
    }

    void check_name(const std::string& member_name) const {
        const bool text = !first_invalid_utf8(member_name);
        bool unsafe = !text || member_name.empty() || member_name.size() > max_name || member_name[0] == '/' ||
                      member_name.find_first_of(std::string_view("\\\0", 2)) != std::string::npos;
        std::istringstream parts(member_name);
        for (std::string part; std::getline(parts, part, '/');) unsafe = unsafe || part == ".." || part == ".";
        if (unsafe) refuse("zip-unsafe-name", "a member has a name that is not a plain relative path", text ? member_name.substr(0, 200) : "bytes that are not UTF-8");
    }

    // Members that share bytes are how small archives unpack to huge ones (zip bombs without nesting).
    void check_overlap(std::uint64_t directory_offset) const {
        std::vector<std::pair<std::uint64_t, const std::string*>> order;
        for (const auto& [member_name, member] : members) order.emplace_back(member.header, &member_name);
        std::ranges::sort(order);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::uint64_t end = i + 1 < order.size() ? order[i + 1].first : directory_offset;
            const Member& member = members.find(*order[i].second)->second;
            if (end - member.header < 30 + member.packed) refuse("zip-overlap", "members of the archive overlap", *order[i].second);
        }
    }

    std::string unpack(const std::string& member_name, const Member& member) const {
        const std::string local = bytes(member.header, 30, member_name);
        if (field<std::uint32_t>(local, 0) != local_mark) refuse("zip-local-header", "the member's header is damaged", member_name);
        const std::uint64_t name_length = field<std::uint16_t>(local, 26), extra_length = field<std::uint16_t>(local, 28);
        if (bytes(member.header + 30, name_length, member_name) != member_name)
            refuse("zip-local-header", "the member has another name in its header than in the directory", member_name);
        std::string packed = bytes(member.header + 30 + name_length + extra_length, member.packed, member_name);
        std::string out;
        if (member.method == 0) {
            out = std::move(packed);
        } else {
            out.resize(member.unpacked);
            const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(libdeflate_alloc_decompressor(),
                                                                                                         libdeflate_free_decompressor);
            if (libdeflate_deflate_decompress(inflater.get(), packed.data(), packed.size(), out.data(), out.size(), nullptr) != LIBDEFLATE_SUCCESS)
                refuse("zip-damaged", "the member cannot be unpacked", member_name);
        }
        if (libdeflate_crc32(0, out.data(), out.size()) != member.crc) refuse("zip-checksum", "the member's checksum is wrong", member_name);
        return out;
    }
};

ZipArchive::ZipArchive(const std::filesystem::path& path, const ZipOptions& options) : state_(std::make_unique<State>()) {
    state_->name = path.string();
    state_->options = options;
    state_->in = std::make_unique<std::ifstream>(path, std::ios::binary);
    std::error_code ignored;
    if (!*state_->in || !std::filesystem::is_regular_file(path, ignored))
        throw Error(options.kind, {.type = "cannot-open", .message = "cannot open the file", .file = path.string(),
                                   .hint = "check the path and its permissions"});
    state_->start();
}

ZipArchive::ZipArchive(std::string bytes, std::string name, const ZipOptions& options) : state_(std::make_unique<State>()) {
    state_->name = std::move(name);
    state_->options = options;
    state_->in = std::make_unique<std::istringstream>(std::move(bytes));
    state_->start();
}

ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

std::vector<std::string> ZipArchive::names() const {
    std::vector<std::string> out;
    for (const auto& [name, member] : state_->members)
        if (!name.ends_with('/')) out.push_back(name);
    return out;
}

bool ZipArchive::has(std::string_view name) const { return state_->members.contains(name); }

std::string ZipArchive::read(std::string_view name) const {
    const auto found = state_->members.find(name);
    if (found == state_->members.end()) state_->refuse("zip-member-missing", "the archive has no such member", std::string(name));
    return state_->unpack(found->first, found->second);
}

const std::string& ZipArchive::file() const { return state_->name; }

}  // namespace lexicell
