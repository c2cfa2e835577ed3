#include "lexicell/io/zip_archive.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <optional>

#include "lexicell/base/random.h"
#include "tests/support/python.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

// A zip archive made by hand, so that every field can be wrong.
struct ZipMember {
    std::string name, content, local_name = name;
    int method = 0, flags = 0;
    std::optional<std::string> packed = std::nullopt;
    std::optional<std::uint32_t> crc = std::nullopt, declared = std::nullopt;
    std::optional<std::uint32_t> offset = std::nullopt;
};
void put(std::string& out, std::uint64_t value, int width) { out.append(reinterpret_cast<const char*>(&value), width); }

std::string zip(const std::vector<ZipMember>& members, const std::string& comment = "") {
    std::string out, directory;
    for (const ZipMember& m : members) {
        std::string packed = m.packed.value_or(m.content);
        if (m.method == 8 && !m.packed) {
            auto* deflater = libdeflate_alloc_compressor(9);
            packed.resize(libdeflate_deflate_compress_bound(deflater, m.content.size()));
            packed.resize(libdeflate_deflate_compress(deflater, m.content.data(), m.content.size(), packed.data(), packed.size()));
            libdeflate_free_compressor(deflater);
        }
        const std::uint32_t crc = m.crc.value_or(libdeflate_crc32(0, m.content.data(), m.content.size()));
        const std::uint64_t size = m.declared.value_or(static_cast<std::uint32_t>(m.content.size())), at = m.offset.value_or(static_cast<std::uint32_t>(out.size()));
        put(out, 0x04034b50, 4), put(out, 20, 2), put(out, m.flags, 2), put(out, m.method, 2), put(out, 0, 4), put(out, crc, 4);
        put(out, packed.size(), 4), put(out, size, 4), put(out, m.local_name.size(), 2), put(out, 0, 2);
        out += m.local_name + packed;
        put(directory, 0x02014b50, 4), put(directory, 20, 2), put(directory, 20, 2), put(directory, m.flags, 2), put(directory, m.method, 2);
        put(directory, 0, 4), put(directory, crc, 4), put(directory, packed.size(), 4), put(directory, size, 4), put(directory, m.name.size(), 2);
        put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 4), put(directory, at, 4);
        directory += m.name;
    }
    const std::uint64_t start = out.size();
    out += directory;
    put(out, 0x06054b50, 4), put(out, 0, 4), put(out, members.size(), 2), put(out, members.size(), 2), put(out, directory.size(), 4);
    put(out, start, 4), put(out, comment.size(), 2);
    return out + comment;
}
std::string zip_refusal(const std::string& bytes) {
    try {
        const ZipArchive archive(bytes, "memory");
        for (const std::string& name : archive.names()) archive.read(name);
        return "reads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable);
        return error.detail().type;
    }
}

TEST(ZipArchive, ReadsStoredAndDeflated) {
    const std::string text(100'000, 'a');
    const ZipArchive archive(zip({{"b/c.txt", text, "b/c.txt", 8}, {"a", "hello"}, {"empty", ""}, {"folder/", ""}}, "a comment"), "memory");
    EXPECT_EQ(archive.names(), (std::vector<std::string>{"a", "b/c.txt", "empty"}));
    EXPECT_EQ(archive.read("b/c.txt"), text);
    EXPECT_EQ(archive.read("a"), "hello");
    EXPECT_EQ(archive.read("empty"), "");
    EXPECT_THROW(archive.read("none"), Error);
    EXPECT_EQ(zip_refusal(zip({})), "reads");
}

TEST(ZipArchive, RefusesWhatIsNotSafe) {
    for (const char* name : {"../a", "a/../b", "/a", "a\\b", "", "..", "./a"}) EXPECT_EQ(zip_refusal(zip({{name, "x"}})), "zip-unsafe-name") << name;
    EXPECT_EQ(zip_refusal(zip({{std::string("a\0b", 3), "x"}})), "zip-unsafe-name");
    EXPECT_EQ(zip_refusal(zip({{"a", "x"}, {"a", "y"}})), "zip-duplicate");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "b"}})), "zip-local-header");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .flags = 1}})), "zip-encrypted");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .method = 12}})), "zip-method");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .crc = 7}})), "zip-checksum");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .declared = 9}})), "zip-sizes");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "xyz", .local_name = "a", .method = 8, .declared = 2}})), "zip-damaged");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "xyz", .local_name = "a", .method = 8, .declared = 4}})), "zip-damaged");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "xyz", .local_name = "a", .method = 8, .declared = 0x70000000}})), "zip-inflation");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "xyz", .local_name = "a", .method = 8, .packed = "\xff\xff"}})), "zip-damaged");
    EXPECT_EQ(zip_refusal(zip({{"a", "hello"}, {.name = "b", .content = "hello", .local_name = "b", .offset = 0}})), "zip-overlap");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .offset = 4}})), "zip-overlap");
    EXPECT_EQ(zip_refusal(zip({{.name = "a", .content = "x", .local_name = "a", .offset = 4000}})), "zip-truncated");
    EXPECT_EQ(zip_refusal(""), "zip-end-missing");
    EXPECT_EQ(zip_refusal("PK"), "zip-end-missing");
}

TEST(ZipArchive, SurvivesDamage) {
    const std::string whole = zip({{"b/c.txt", std::string(300, 'a'), "b/c.txt", 8}, {"a", "hello"}});
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(zip_refusal(whole.substr(0, size)), "reads") << size;
    RandomStream random(random_key(4, 4));
    int read = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string damaged = whole;
        for (std::uint64_t k = 0; k <= random.below(3); ++k) damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        read += zip_refusal(damaged) == "reads";
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, 5000);
}

TEST(ZipArchive, ReadsZip64) {
    const testing_support::ScratchFolder folder;
    ASSERT_TRUE(testing_support::run_python(R"(
import sys, zipfile
zipfile.ZIP64_LIMIT = 10
with zipfile.ZipFile(sys.argv[1] + '/z.zip', 'w') as z:
    z.writestr('small', 'x' * 1000)
    z.writestr('large', 'y' * 2000, zipfile.ZIP_DEFLATED)
)", folder.path().string()));
    const ZipArchive archive(folder / "z.zip");
    EXPECT_EQ(archive.read("small"), std::string(1000, 'x'));
    EXPECT_EQ(archive.read("large"), std::string(2000, 'y'));
}

}  // namespace
}  // namespace lexicell
