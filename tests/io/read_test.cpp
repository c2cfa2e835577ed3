#include "lexicell/io/read.h"

#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

std::string refusal(const std::filesystem::path& path, ErrorKind kind = ErrorKind::unreadable) {
    try {
        read_dataset(path);
        return "loads";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.detail().type;
    }
}

TEST(ReadDataset, RecognisesTextByItsContent) {
    const testing_support::ScratchFolder folder;
    EXPECT_EQ(read_dataset(folder.write("a.txt", "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 3\n")).origin->format, "10x-mtx");

    EXPECT_EQ(refusal(folder.write("a.mtx", ",A,B\ncell1,1,2\n")), "mtx-banner");
    EXPECT_EQ(read_dataset(folder.write("table", ",A,B\ncell1,1,2\n")).origin->format, "csv");
    EXPECT_EQ(refusal(folder.write("t.csv", ",A,B\nx,1,2\n"), ErrorKind::precondition), "orientation-unknown");
}

TEST(ReadDataset, RefusesWhatItDoesNotKnow) {
    const testing_support::ScratchFolder folder;
    EXPECT_EQ(refusal(folder / "none"), "cannot-open");
    EXPECT_EQ(refusal(folder.write("empty", "")), "empty-file");
    EXPECT_EQ(refusal(folder.write("binary", std::string("\x7f" "ELF\0\0\1\2", 8))), "unknown-format");
    EXPECT_EQ(refusal(folder.write("z.zip", "PK\3\4")), "zarr-not-supported");
    EXPECT_EQ(refusal(folder.write("latin.csv", ",A\nm\xfcller,1\n")), "text-not-utf8");
    EXPECT_EQ(refusal(folder.path()), "folder-without-matrix");
    folder.write(".zgroup", "{}");
    EXPECT_EQ(refusal(folder.path()), "zarr-not-supported");
}

TEST(ReadDataset, RefusesTheHdf5FilesWithoutCells) {
    const auto folder = testing_support::shared_folder() / "data/readers/reader-hdf5";
    LEXICELL_NEEDS(folder);
    for (const char* name : {"array.h5", "compressed.h5", "empty.h5", "vlen.h5"}) EXPECT_EQ(refusal(folder / name), "hdf5-without-cells") << name;
}

}  // namespace
}  // namespace lexicell
