#include "lexicell/io/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "lexicell/base/error.h"
#include "lexicell/base/random.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;
using testing_support::read_bytes;

class Safetensors : public testing::Test {
protected:
    static std::string file_of(const std::string& header, std::size_t data_bytes) {
        std::string bytes(8, '\0');
        const std::uint64_t length = header.size();
        std::memcpy(bytes.data(), &length, 8);
        return bytes + header + std::string(data_bytes, '\0');
    }
    static SafetensorsFile read(const std::string& header, std::size_t data_bytes) {
        return parse_safetensors(file_of(header, data_bytes));
    }
    // The type of the refusal; "loads" when there is none.
    static std::string outcome(const std::string& header, std::size_t data_bytes) {
        return outcome_in_memory(file_of(header, data_bytes));
    }
    static std::string outcome_in_memory(std::string_view bytes) {
        try {
            parse_safetensors(bytes);
            return "loads";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::model);
            return error.detail().type;
        }
    }
    static std::string outcome_of(const fs::path& path, const SafetensorsOptions& options = {}) {
        try {
            read_safetensors(path, options);
            return "loads";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), options.as_data ? ErrorKind::unreadable : ErrorKind::model);
            EXPECT_EQ(error.detail().file, path.string());
            return error.detail().type;
        }
    }
    testing_support::ScratchFolder folder_;
};

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

TEST_F(Safetensors, WhatIsWrittenIsRead) {
    SafetensorsFile file;
    const std::vector<float> a = {1, -2.5f, 3};
    const std::vector<double> b = {1e300, -0.0};
    const std::vector<std::int64_t> c = {std::numeric_limits<std::int64_t>::min(), 7};
    const std::vector<std::uint8_t> d = {0, 255};
    file.tensors["z"] = HostTensor::of(a, {3, 1});
    file.tensors["b"] = HostTensor::of(b, {2});
    file.tensors["scalar"] = HostTensor::of(std::span(c).first(1), {});
    file.tensors["c"] = HostTensor::of(c, {1, 2});
    file.tensors["empty"] = HostTensor::of(std::span<const float>(), {0, 5});
    file.tensors["a"] = HostTensor::of(d, {2});
    file.metadata = {{"format", "lexicell"}, {"text", "Zürich\n\"quoted\""}};
    write_safetensors(file, folder_ / "f");
    const SafetensorsFile back = read_safetensors(folder_ / "f");
    EXPECT_EQ(back.metadata, file.metadata);
    ASSERT_EQ(back.tensors.size(), 6u);
    for (const auto& [name, tensor] : file.tensors) {
        EXPECT_EQ(back.tensors.at(name).dtype, tensor.dtype) << name;
        EXPECT_EQ(back.tensors.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(back.tensors.at(name).bytes, tensor.bytes) << name;
    }
    EXPECT_EQ(back.tensors.at("z").to_float(), a);
    EXPECT_EQ(back.tensors.at("b").to_double(), b);
    EXPECT_EQ(back.tensors.at("c").to_int64(), c);
    EXPECT_EQ(back.tensors.at("a").to_int64(), (std::vector<std::int64_t>{0, 255}));
    // The same content gives the same bytes, and the data begins at a multiple of 8.
    const std::string bytes = read_bytes(folder_ / "f");
    write_safetensors(back, folder_ / "g");
    EXPECT_EQ(read_bytes(folder_ / "g"), bytes);
    std::uint64_t header;
    std::memcpy(&header, bytes.data(), 8);
    EXPECT_EQ(header % 8, 0u);
}

TEST_F(Safetensors, AcceptsTheEdgesOfTheFormat) {
    EXPECT_EQ(outcome("{}", 0), "loads");
    EXPECT_EQ(outcome("{}      ", 0), "loads");
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[]", "[0,4]") + "}", 4), "loads");
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[0]", "[0,0]") + "," + entry("b", "U8", "[2,0,3]", "[0,0]") + "}", 0), "loads");
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[1]", "[4,8]") + "," + entry("b", "F32", "[1]", "[0,4]") + "}", 8), "loads");
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", 4), "loads");
    EXPECT_EQ(outcome("{" + entry(std::string(1024, 'n'), "BOOL", "[1]", "[0,1]") + "}", 1), "loads");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"note\":{\"x\":[1,[null]]},\"shape\":[0],\"data_offsets\":[0,0]}}", 0), "loads");
    EXPECT_EQ(read("{\"__metadata__\":{\"k\":\"v\"}}", 0).metadata.at("k"), "v");
}

TEST_F(Safetensors, RefusesABadHeader) {
    EXPECT_EQ(outcome_of(folder_ / "none"), "file-unreadable");
    EXPECT_EQ(outcome_of(folder_.path()), "file-unreadable");
    EXPECT_EQ(outcome_of(folder_.write("f", "")), "safetensors-truncated");
    EXPECT_EQ(outcome_of(folder_.write("f", "1234567")), "safetensors-truncated");
    EXPECT_EQ(outcome_of(folder_.write("f", std::string(8, '\xff'))), "safetensors-header-length");
    EXPECT_EQ(outcome_of(folder_.write("f", std::string("\3\0\0\0\0\0\0\0{}", 10))), "safetensors-header-length");
    EXPECT_EQ(outcome("", 0), "safetensors-header");
    EXPECT_EQ(outcome(" {}", 0), "safetensors-header");
    EXPECT_EQ(outcome("{}\n", 0), "safetensors-header");
    EXPECT_EQ(outcome("[]", 0), "safetensors-header");
    EXPECT_EQ(outcome("{]}", 0), "safetensors-header");
    EXPECT_EQ(outcome("{\"a\xff\":1}", 0), "safetensors-header");
    EXPECT_EQ(outcome_of(folder_ / "none", {.as_data = true}), "file-unreadable");
}

TEST_F(Safetensors, RefusesAHeaderAboveTheCap) {
    // A sparse file: no disk is used.
    const fs::path path = folder_.write("f", std::string("\1\xe1\xf5\5\0\0\0\0", 8));  // 100,000,001
    fs::resize_file(path, 200'000'000);
    EXPECT_EQ(outcome_of(path), "safetensors-header-length");
}

TEST_F(Safetensors, RefusesDuplicateKeys) {
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[1]", "[0,1]") + "," + entry("a", "U8", "[1]", "[0,1]") + "}", 1), "safetensors-duplicate-key");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1), "safetensors-duplicate-key");
    EXPECT_EQ(outcome("{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}", 0), "safetensors-duplicate-key");
}

TEST_F(Safetensors, RefusesBadEntries) {
    EXPECT_EQ(outcome("{\"__metadata__\":{\"k\":1}}", 0), "safetensors-metadata");
    EXPECT_EQ(outcome("{\"__metadata__\":\"k\"}", 0), "safetensors-metadata");
    EXPECT_EQ(outcome("{\"a\":3}", 0), "safetensors-entry");
    EXPECT_EQ(outcome("{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":[1],\"shape\":[0],\"data_offsets\":[0,0]}}", 0), "safetensors-entry");
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"shape\":{},\"data_offsets\":[0,0]}}", 0), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[[1]]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[{}]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[null]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{\"__metadata__\":[1]}", 0), "safetensors-metadata");
    EXPECT_EQ(outcome("{\"__metadata__\":{\"k\":[]}}", 0), "safetensors-metadata");
    EXPECT_EQ(outcome("{\"__metadata__\":{\"k\":{}}}", 0), "safetensors-metadata");
    EXPECT_EQ(outcome("{" + entry("a", "F31", "[1]", "[0,4]") + "}", 4), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[-1]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[1.5]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[99999999999999999999999]", "[0,1]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[1]", "[0]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[1]", "[1,0]") + "}", 1), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[2]", "[0,1]") + "}", 1), "safetensors-entry");
    // 2^62 elements of 4 bytes, and 2^63 elements: neither product may wrap.
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[4611686018427387904]", "[0,0]") + "}", 0), "safetensors-entry");
    EXPECT_EQ(outcome("{" + entry("a", "U8", "[4611686018427387904,4]", "[0,0]") + "}", 0), "safetensors-entry");
}

TEST_F(Safetensors, RefusesHolesOverlapsAndTheWrongEnd) {
    const std::string a = entry("a", "F32", "[1]", "[0,4]");
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[1]", "[4,8]") + "}", 8), "safetensors-hole");
    EXPECT_EQ(outcome("{" + a + "," + entry("b", "F32", "[1]", "[8,12]") + "}", 12), "safetensors-hole");
    EXPECT_EQ(outcome("{" + a + "," + entry("b", "F32", "[1]", "[2,6]") + "}", 6), "safetensors-overlap");
    EXPECT_EQ(outcome("{" + a + "," + entry("b", "F32", "[1]", "[0,4]") + "}", 4), "safetensors-overlap");
    EXPECT_EQ(outcome("{" + a + "," + entry("b", "F32", "[0]", "[2,2]") + "}", 4), "safetensors-overlap");
    EXPECT_EQ(outcome("{" + a + "}", 3), "safetensors-truncated");
    EXPECT_EQ(outcome("{" + a + "}", 5), "safetensors-truncated");
    EXPECT_EQ(outcome("{}", 1), "safetensors-truncated");
}

TEST_F(Safetensors, HasCaps) {
    EXPECT_EQ(outcome("{" + entry("a", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", 4), "safetensors-rank");
    EXPECT_EQ(outcome("{" + entry(std::string(1025, 'n'), "BOOL", "[1]", "[0,1]") + "}", 1), "safetensors-name");
    std::string deep = "1";
    for (int i = 0; i < 20; ++i) deep = "{\"a\":" + deep + "}";
    EXPECT_EQ(outcome("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":" + deep + "}}", 0), "safetensors-depth");
    std::string many = "{";
    for (int i = 0; i <= 100'000; ++i) many += (i ? ",\"" : "\"") + std::to_string(i) + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    EXPECT_EQ(outcome(many + "}", 0), "safetensors-too-many");
}

TEST_F(Safetensors, RefusesNonfiniteFloatsUnlessAllowed) {
    const auto with = [&](HostTensor tensor) {
        SafetensorsFile file;
        file.tensors["t"] = std::move(tensor);
        write_safetensors(file, folder_ / "f");
        return outcome_of(folder_ / "f");
    };
    const std::vector<float> floats = {0, std::nanf("")};
    const std::vector<double> doubles = {0, -HUGE_VAL};
    EXPECT_EQ(with(HostTensor::of(floats, {2})), "tensor-nonfinite");
    EXPECT_EQ(outcome_of(folder_ / "f", {.allow_nonfinite = true}), "loads");
    EXPECT_EQ(with(HostTensor::of(doubles, {2})), "tensor-nonfinite");
    EXPECT_EQ(with({"F16", {1}, {std::byte{0x00}, std::byte{0x7c}}}), "tensor-nonfinite");   // +inf
    EXPECT_EQ(with({"F16", {1}, {std::byte{0xff}, std::byte{0x7b}}}), "loads");              // 65504
    EXPECT_EQ(with({"BF16", {1}, {std::byte{0xc0}, std::byte{0x7f}}}), "tensor-nonfinite");  // NaN
    EXPECT_EQ(with({"I16", {1}, {std::byte{0xff}, std::byte{0xff}}}), "loads");
}

TEST_F(Safetensors, ConvertsHalfPrecision) {
    const auto bytes = [](std::vector<std::uint16_t> words) {
        std::vector<std::byte> out(words.size() * 2);
        std::memcpy(out.data(), words.data(), out.size());
        return out;
    };
    const HostTensor half{"F16", {5}, bytes({0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555})};
    EXPECT_EQ(half.to_double(), (std::vector<double>{1, -2, std::ldexp(1, -24), 65504, 0.333251953125}));
    const HostTensor brain{"BF16", {2}, bytes({0x3f80, 0xc049})};
    EXPECT_EQ(brain.to_float(), (std::vector<float>{1, -3.140625f}));
    EXPECT_THROW(half.to_int64(), Error);
    const std::vector<std::uint64_t> large = {~0ull};
    HostTensor unsigned64{"U64", {1}, std::vector<std::byte>(8, std::byte{0xff})};
    EXPECT_THROW(unsigned64.to_int64(), Error);
    EXPECT_EQ(unsigned64.to_double()[0], static_cast<double>(large[0]));
}

TEST_F(Safetensors, AFailedWriteLeavesTheOldFile) {
    SafetensorsFile file;
    write_safetensors(file, folder_ / "f");
    const std::string before = read_bytes(folder_ / "f");
    file.tensors["bad"] = {"F32", {3}, {}};
    EXPECT_THROW(write_safetensors(file, folder_ / "f"), Error);
    EXPECT_EQ(read_bytes(folder_ / "f"), before);
}

// Every truncation is refused; no change of bytes does more than be refused or give other values.
TEST_F(Safetensors, SurvivesDamage) {
    SafetensorsFile file;
    const std::vector<float> values = {1, 2, 3, 4};
    file.tensors["weight"] = HostTensor::of(values, {2, 2});
    file.tensors["bias"] = HostTensor::of(std::span(values).first(2), {2});
    file.metadata["format"] = "pt";
    write_safetensors(file, folder_ / "f");
    const std::string whole = read_bytes(folder_ / "f");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_NE(outcome_in_memory(std::string_view(whole).substr(0, size)), "loads") << size;
    RandomStream random(random_key(8, 5));
    int loaded = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string damaged = whole;
        for (std::uint64_t k = 0; k <= random.below(4); ++k) damaged[random.below(whole.size())] = static_cast<char>(random.below(256));
        loaded += outcome_in_memory(damaged) == "loads";
    }
    EXPECT_GT(loaded, 0);
    EXPECT_LT(loaded, 3000);
}

TEST_F(Safetensors, ReadsEveryReferenceFile) {
    LEXICELL_NEEDS(testing_support::golden_folder());
    int files = 0;
    for (const auto& found : fs::recursive_directory_iterator(testing_support::golden_folder()))
        if (found.path().extension() == ".safetensors") {
            EXPECT_EQ(outcome_of(found.path(), {.as_data = true, .allow_nonfinite = true}), "loads") << found.path();
            ++files;
        }
    EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace lexicell
