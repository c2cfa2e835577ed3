// Elements of the reader packs that no data format wraps (formats.md 9.7, reader-hdf5/).
#include "lexicell/io/hdf5_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <numeric>

#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

std::filesystem::path pack(const char* name) { return testing_support::shared_folder() / "data/readers/reader-hdf5" / name; }

std::string refusal(const std::function<void()>& read) {
    try {
        read();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unreadable);
        return error.what();
    }
    return "";
}

TEST(Hdf5File, CompressionIsReadOrRefusedByName) {
    LEXICELL_NEEDS(pack("compressed.h5"));
    const Hdf5File file(pack("compressed.h5"));
    const Hdf5Group root = file.root();
    for (const char* name : {"gzip", "gzip_shuffle"}) {
        const std::vector<double> values = root.dataset(name).read<double>();
        EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), 5012.848641, 1e-5) << name;
    }
    EXPECT_NE(refusal([&] { root.dataset("szip").read<double>(); }).find("/szip: the dataset is compressed in a way that is not supported; found szip"), std::string::npos);
    EXPECT_NE(refusal([&] { root.dataset("scaleoffset").read<float>(); }).find("found scaleoffset"), std::string::npos);
}

TEST(Hdf5File, BigEndianConvertsAndCommittedTypesAreSkipped) {
    LEXICELL_NEEDS(pack("array.h5"));
    const Hdf5File file(pack("array.h5"));
    const Hdf5Dataset big = file.root().dataset("bigendian");
    EXPECT_TRUE(big.type().is_number());
    for (const double value : big.read<double>()) EXPECT_LT(std::abs(value), 1e6);
    for (const auto& child : file.root().children()) EXPECT_NE(child.kind, Hdf5Group::ChildKind::unreachable) << child.name;
    EXPECT_FALSE(file.root().dataset("compound").fields().empty());
}

TEST(Hdf5File, NullIsEmpty) {
    LEXICELL_NEEDS(pack("empty.h5"));
    const Hdf5File file(pack("empty.h5"));
    const Hdf5Dataset dataset = file.root().dataset("empty_dataset");
    EXPECT_TRUE(dataset.is_null());
    EXPECT_TRUE(dataset.read<float>().empty());
}

TEST(Hdf5File, VariableLengthNumbersAreRefusedByName) {
    LEXICELL_NEEDS(pack("vlen.h5"));
    const Hdf5File file(pack("vlen.h5"));
    EXPECT_NE(refusal([&] { file.root().dataset("float32_oneD").read<float>(); }).find("variable-length sequence"), std::string::npos);
}

TEST(Hdf5File, NamesWhatIsMissing) {
    LEXICELL_NEEDS(pack("array.h5"));
    const Hdf5File file(pack("array.h5"));
    EXPECT_NE(refusal([&] { file.root().dataset("none/such"); }).find("/none/such"), std::string::npos);
    EXPECT_NE(refusal([&] { file.root().group("bigendian"); }).find("not a group"), std::string::npos);
}

TEST(Hdf5File, LeavesTheFileAlone) {
    LEXICELL_NEEDS(pack("array.h5"));
    struct stat before {}, after {};
    ::stat(pack("array.h5").c_str(), &before);
    Hdf5File(pack("array.h5")).root().dataset("bigendian").read<double>();
    ::stat(pack("array.h5").c_str(), &after);
    EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

}  // namespace
}  // namespace lexicell
