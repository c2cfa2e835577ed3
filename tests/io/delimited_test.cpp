#include "lexicell/io/delimited.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "lexicell/base/random.h"
#include "lexicell/base/utf8.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(DelimitedReader reader) {
    Rows rows;
    std::vector<std::string_view> fields;
    while (reader.next(fields)) rows.emplace_back(fields.begin(), fields.end());
    return rows;
}
Rows parse(std::string text, const DelimitedOptions& options = {}, std::string name = "memory") {
    return rows_of(DelimitedReader(TextSource(std::move(text), std::move(name)), options));
}
std::string refusal(const std::string& text, const DelimitedOptions& options = {}) {
    try {
        parse(text, options);
        return "reads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable);
        EXPECT_EQ(error.detail().file, "memory");
        return error.detail().type;
    }
}
std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}
std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

TEST(Utf8, AcceptsAndRefuses) {
    for (const char* good : {"", "plain ascii of some length", "Zürich", "\u20ac", "\U0001f9ec", "\uD7FF\uE000"})
        EXPECT_FALSE(first_invalid_utf8(good)) << good;
    EXPECT_EQ(first_invalid_utf8("abcdefghi\xff"), 9u);
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\xa7"})
        EXPECT_EQ(first_invalid_utf8(bad), 0u);
    std::string text;
    for (const std::uint32_t c : {0x41u, 0xe9u, 0x20acu, 0x1f9ecu}) append_utf8(text, c);
    EXPECT_EQ(text, "A\u00e9\u20ac\U0001f9ec");
}

TEST(Delimited, LineEndsAndBlankLines) {
    const Rows expected = {{"a", "b"}, {"1", "2"}};
    EXPECT_EQ(parse("a,b\n1,2\n"), expected);
    EXPECT_EQ(parse("a,b\r\n1,2\r\n"), expected);
    EXPECT_EQ(parse("a,b\n1,2"), expected);
    EXPECT_EQ(parse("\xef\xbb\xbf" "a,b\n\n1,2\n\n"), expected);
    EXPECT_EQ(parse("a\n\nb\n", {.skip_blank_lines = false}), (Rows{{"a"}, {""}, {"b"}}));
    EXPECT_EQ(parse(""), Rows{});
    EXPECT_EQ(parse(",\n"), (Rows{{"", ""}}));
    EXPECT_EQ(parse("#x\na\tb\n#y\n", {.comment = '#'}), (Rows{{"a", "b"}}));
}

TEST(Delimited, Quotes) {
    EXPECT_EQ(parse("\"a,b\",\"c \"\"d\"\"\",e\n"), (Rows{{"a,b", "c \"d\"", "e"}}));
    EXPECT_EQ(parse("\"two\nlines\",2\n3,4\n"), (Rows{{"two\nlines", "2"}, {"3", "4"}}));
    EXPECT_EQ(parse("\"\",\"\"\n"), (Rows{{"", ""}}));
    EXPECT_EQ(parse("a,5\" end\n"), (Rows{{"a", "5\" end"}}));
    EXPECT_EQ(parse("\"a\"\t\"b\n", {.quotes = false}), (Rows{{"\"a\"", "\"b"}}));
    EXPECT_EQ(refusal("a,\"b\n"), "quote-unclosed");
    EXPECT_EQ(refusal("\"a\"b,c\n"), "quote-misplaced");
}

TEST(Delimited, GuessesTheDelimiter) {
    EXPECT_EQ(parse("a\tb,c\n")[0].size(), 2u);
    EXPECT_EQ(parse("a;b\n")[0].size(), 2u);
    EXPECT_EQ(parse("a b\n")[0].size(), 2u);
    EXPECT_EQ(parse("a,b;c\td\n", {}, "x.csv")[0].size(), 2u);
    EXPECT_EQ(parse("a b;c\n", {}, "x.csv.gz")[0].size(), 2u);
    EXPECT_EQ(parse("\"a\tb\",c\n")[0].size(), 2u);
    EXPECT_EQ(parse("a b\n", {.delimiter = ','})[0].size(), 1u);
}

TEST(Delimited, RefusesWhatIsNotText) {
    EXPECT_EQ(refusal(std::string("a,b\0c\n", 6)), "text-binary");
    EXPECT_EQ(refusal("a\n\xfcn,1\n"), "text-not-utf8");
    EXPECT_EQ(refusal("\xff\xfe" "a"), "text-utf16");
    try {
        parse("a,b\n1,\"2");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.detail().key, "line 2");
    }
    EXPECT_THROW(TextSource("/"), Error);
    EXPECT_THROW(TextSource("/nowhere"), Error);
}

TEST(Delimited, PackedFilesReadLikePlainOnes) {
    RandomStream random(random_key(1, 1));
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += std::to_string(random.below(1000)) + (i % 7 == 6 ? "\n" : "\t");
    const Rows expected = parse(text);
    EXPECT_EQ(parse(gzip(text)), expected);
    EXPECT_EQ(parse(zstd(text)), expected);
    const std::size_t half = text.find('\n', text.size() / 2) + 1;
    EXPECT_EQ(parse(gzip(text.substr(0, half)) + gzip("") + gzip(text.substr(half))), expected);
    EXPECT_EQ(parse(gzip(text) + std::string(512, '\0')), expected);
    EXPECT_EQ(parse(zstd(text.substr(0, half)) + zstd(text.substr(half))), expected);
    const std::string very_small = gzip(std::string(3'000'000, 'x') + "\n1\n");
    EXPECT_EQ(parse(very_small).size(), 2u);
    for (const std::string& packed : {gzip(text), zstd(text)})
        for (const std::size_t size : {packed.size() - 1, packed.size() / 2, std::size_t{20}})
            EXPECT_EQ(refusal(packed.substr(0, size)), "packed-truncated") << size;
    std::string damaged = gzip(text);
    damaged[damaged.size() / 2] ^= 1;
    EXPECT_EQ(refusal(damaged), "packed-damaged");
}

TEST(Delimited, WhatIsWrittenIsRead) {
    const testing_support::ScratchFolder folder;
    const std::vector<std::string> header = {"name", "a,b", "text"};
    const Rows rows = {{"x", "1", "line\nbreak"}, {"", "2\t3", " blanks "}, {"\"q\"", "", "\u00e9"}};
    for (const char* name : {"t.csv", "t.tsv"}) {
        write_csv(folder / name, header, rows);
        Rows all = {header};
        all.insert(all.end(), rows.begin(), rows.end());
        EXPECT_EQ(rows_of(DelimitedReader(folder / name)), all);
    }
    write_csv(folder / "one.csv", std::vector<std::string>{"only"}, Rows{{""}, {"x"}});
    EXPECT_EQ(rows_of(DelimitedReader(folder / "one.csv")), (Rows{{"only"}, {""}, {"x"}}));
}

// Whatever the bytes: records or a typed refusal, and no field that is not in the text.
TEST(Delimited, SurvivesDamage) {
    const std::string seed = "name,\"quoted \"\"x\"\"\",2.5\r\n\"two\nlines\",\u00e9,\n";
    RandomStream random(random_key(5, 5));
    int read = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string text = seed;
        for (std::uint64_t k = 0; k <= random.below(6); ++k) {
            static constexpr char alphabet[] = "\",\n\r\t;a\xc3\x28\0";
            text[random.below(text.size())] = alphabet[random.below(sizeof alphabet)];
        }
        read += refusal(text) == "reads";
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, 5000);
}

TEST(Delimited, ReadsTheOsmFishTables) {
    const auto folder = testing_support::shared_folder() / "data/readers/osmfish";
    LEXICELL_NEEDS(folder);
    const Rows cells = rows_of(DelimitedReader(folder / "osmFISH_prep_cell_metadata.txt"));
    EXPECT_EQ(cells.size(), 6472u);
    EXPECT_EQ(cells[1], (std::vector<std::string>{"cell_778", "Inhibitory_CP", "18", "Layer 6"}));
    EXPECT_EQ(rows_of(DelimitedReader(folder / "osmFISH_prep_cell_coordinates.txt")).size(), 5329u);
}

}  // namespace
}  // namespace lexicell
