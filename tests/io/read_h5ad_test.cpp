// The limits on hostile files (formats.md 1.4), each lowered until an innocent file breaks it.
#include "lexicell/io/read_h5ad.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "lexicell/io/write_h5ad.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

class ReadH5adCaps : public ::testing::Test {
protected:
    void SetUp() override {
        const std::int64_t cells = 5000, genes = 1000;  // 20 MB of zeros, which gzip makes small
        Dataset data;
        for (std::int64_t i = 0; i < cells; ++i) data.obs.index.push_back(fmt::format("a cell with quite a long name {}", i));
        for (std::int64_t i = 0; i < genes; ++i) data.var.index.push_back(fmt::format("g{}", i));
        data.x = DenseMatrix(cells, genes);
        data.uns["a"] = Value{Dict{{"b", Value{Dict{{"c", Value{std::int64_t{1}}}}}}}};
        write_h5ad(data, {}, file);
    }

    std::string refusal(const Hdf5Caps& caps) const {
        try {
            read_h5ad(file, {.caps = caps});
            return "reads";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::unreadable);
            EXPECT_EQ(error.detail().file, file.string());
            EXPECT_FALSE(error.detail().key.empty());
            return error.detail().type;
        }
    }

    const testing_support::ScratchFolder folder;
    const std::filesystem::path file = folder / "a.h5ad";
};

TEST_F(ReadH5adCaps, EachRefusesByName) {
    EXPECT_EQ(refusal({}), "reads");
    EXPECT_EQ(refusal({.group_depth = 2}), "too-deep");
    EXPECT_EQ(refusal({.rank = 1}), "rank-too-large");
    EXPECT_EQ(refusal({.objects = 5}), "too-many-objects");
    EXPECT_EQ(refusal({.attribute_bytes = 50}), "attributes-too-large");
    EXPECT_EQ(refusal({.string_bytes = 20}), "text-too-long");
    EXPECT_EQ(refusal({.chunk_bytes = 100'000}), "chunk-too-large");
    EXPECT_EQ(refusal({.inflation = 3}), "inflation-too-large");
}

TEST_F(ReadH5adCaps, DefaultsAreThoseOfTheSpecification) {
    const Hdf5Caps caps;
    EXPECT_EQ(caps.group_depth, 32);
    EXPECT_EQ(caps.objects, 1'000'000);
    EXPECT_EQ(caps.attribute_bytes, 64 << 20);
    EXPECT_EQ(caps.string_bytes, 16 << 20);
    EXPECT_EQ(caps.chunk_bytes, 1 << 30);
    EXPECT_EQ(caps.inflation, 2000);
    EXPECT_EQ(caps.rank, 8);
}

}  // namespace
}  // namespace lexicell
